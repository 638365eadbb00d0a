import { useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Notice } from './notice.tsx'
import { SkeletonList } from './skeleton.tsx'
import { say, sayCount } from '#words/say.ts'

type Chosen = { everyone: boolean; groupIds: string[] }
export type ShareDialogProps = {
  name: string
  /** Its name; the others are undefined while they are read. */
  organisation: string | undefined
  groups: readonly { id: string; name: string; members: number }[] | undefined
  now: Chosen | undefined
  busy: boolean
  error: string | undefined
  onSave: (chosen: Chosen) => void
  onClose: () => void
}

/** Who else reads a thing. */
export function ShareDialog({ name, organisation = '', groups, now, busy, error, onSave, onClose }: ShareDialogProps) {
  const [changed, setChanged] = useState<Chosen>()
  const chosen = changed ?? now
  return (
    <Dialog title={say('Share {name}', { name })} onClose={onClose}>
      <p className="text-muted">
        {say(
          'Others can read it and use it in their conversations. Only you change it, and what you say stays yours. It ends when you take it back.',
        )}
      </p>
      {(!chosen || !groups) && !error && <SkeletonList label={say('Loading')} rows={2} />}
      {chosen && groups && (
        <fieldset className="flex max-h-[45dvh] flex-col overflow-y-auto">
          <legend className="sr-only">{say('Who can read it')}</legend>
          <Choice
            isFirst
            checked={chosen.everyone}
            onChange={(everyone) => setChanged({ ...chosen, everyone })}
            name={say('Everybody in {organisation}', { organisation })}
          />
          {groups.map((group) => (
            <Choice
              key={group.id}
              checked={chosen.groupIds.includes(group.id)}
              onChange={(isIn) =>
                setChanged({ ...chosen, groupIds: [...chosen.groupIds.filter((id) => id !== group.id), ...(isIn ? [group.id] : [])] })
              }
              name={group.name}
              detail={sayCount(group.members, '{n} member', '{n} members')}
            />
          ))}
        </fieldset>
      )}
      {groups?.length === 0 && <p className="text-sm text-muted">{say('There are no groups yet. An admin of the organisation makes them.')}</p>}
      {error && <Notice look="danger">{error}</Notice>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{say('Cancel')}</Button>
        <Button look="primary" busy={busy} disabled={!changed} onClick={() => changed && onSave(changed)}>
          {say('Save')}
        </Button>
      </div>
    </Dialog>
  )
}

type ChoiceProps = { name: string; detail?: string; checked: boolean; isFirst?: boolean; onChange: (checked: boolean) => void }

function Choice({ name, detail, checked, isFirst = false, onChange }: ChoiceProps) {
  return (
    <label className="flex min-h-11 items-center gap-3">
      <input
        type="checkbox"
        className="size-4 shrink-0 accent-accent touch:size-6"
        {...(isFirst && { 'data-first-focus': true })}
        checked={checked}
        onChange={({ target }) => onChange(target.checked)}
      />
      <span dir="auto" className="min-w-0 grow [overflow-wrap:anywhere]">
        {name}
      </span>
      {detail && <span className="shrink-0 text-sm text-muted">{detail}</span>}
    </label>
  )
}
