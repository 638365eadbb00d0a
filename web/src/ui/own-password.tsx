import { say } from '#words/say.ts'
import { Field } from './field.tsx'

/** Whose password it is, for a password manager. */
export const OwnName = ({ email = '' }: { email: string | undefined }) => (
  <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
)

/** The field `password` of a form in which somebody shows again that it is they. */
export const OwnPassword = ({ error }: { error: string | undefined }) => (
  <Field
    label={say('Your password')}
    name="password"
    type="password"
    autoComplete="current-password"
    required
    maxLength={1024}
    data-first-focus
    error={error}
  />
)
