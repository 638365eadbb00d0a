import { fieldsOf } from '#lib/fields-of.ts'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { passwordFault } from './totp-setup.tsx'
import { say } from '#words/say.ts'

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
      <input type="text" name="username" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
      <Field
        label={say('Your password')}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={1024}
        data-first-focus
        error={passwordFault(error)}
      />
      <Button type="submit" look={look} className="self-end" busy={busy}>
        {action}
      </Button>
    </form>
  )
}
