import { fieldsOf } from '#lib/fields-of.ts'
import { passwordFault } from '#lib/own-secret.ts'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { OwnName, OwnPassword } from '#ui/own-password.tsx'

type Props = { action: string; look?: 'primary' | 'danger'; busy: boolean; error: unknown; onSubmit: (password: string) => void }

/** The password once more, and what is done with it. */
export function WithPassword({ action, look = 'primary', busy, error, onSubmit }: Props) {
  const user = useUser()
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit(fieldsOf(event.currentTarget, 'password').password)
      }}
    >
      <OwnName email={user?.email} />
      <OwnPassword error={passwordFault(error)} />
      <Button type="submit" look={look} className="self-end" busy={busy}>
        {action}
      </Button>
    </form>
  )
}
