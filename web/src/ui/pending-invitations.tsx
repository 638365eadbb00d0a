import { say } from '#words/say.ts'
import { Button } from './button.tsx'
import { useFirst } from './first-of.tsx'

type Pending = { id: string; name: string; terms: string; takeBack: string }
type PendingProps = { items: readonly Pending[]; busyId: string | undefined; onTakeBack: (id: string) => void }

/** An invitation that may still be used. */
export const isPending = ({ acceptedAt, expiresAt }: { acceptedAt: string | null; expiresAt: string }) =>
  acceptedAt === null && Date.parse(expiresAt) > Date.now()

const shownAtFirst = 6

export function PendingInvitations({ items, busyId, onTakeBack }: PendingProps) {
  const { shown, rest } = useFirst(items, shownAtFirst)
  if (items.length === 0) return null
  return (
    <>
      <ul aria-label={say('Invitations that nobody has used yet')} className="flex flex-col gap-2">
        {shown.map(({ id, name, terms, takeBack }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className="min-w-0 grow basis-56">
              <span className="[overflow-wrap:anywhere]">{name}</span>
              <span className="block text-sm text-muted">{terms}</span>
            </span>
            <Button aria-label={takeBack} busy={busyId === id} onClick={() => onTakeBack(id)}>
              {say('Take back')}
            </Button>
          </li>
        ))}
      </ul>
      {rest}
    </>
  )
}
