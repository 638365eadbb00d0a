import { say } from '#words/say.ts'
import { ProblemError, messageOf } from './problem.ts'

/** What is said where a password or code was asked for once more: `wrong` where it is not the right one, else what went wrong. */
export const secretFault = (error: unknown, wrong: () => string): string | undefined =>
  error ? (error instanceof ProblemError && error.code === 'invalid_credentials' ? wrong() : messageOf(error)) : undefined

export const passwordFault = (error: unknown) => secretFault(error, () => say('This is not your password.'))
