import { ProblemError } from '@jarvis/client/problem.ts'

export { ProblemError, problemOf, unreachable } from '@jarvis/client/problem.ts'

export const messageOf = (error: unknown): string =>
  error instanceof ProblemError ? error.message : 'Something went wrong in this page. Reload it and try again.'

/** What it says without when to try again, which is counted down beside it: the number in the sentence would soon be another one. */
export const messageWithoutWait = (error: unknown): string => messageOf(error).replace(/ Try again in \d{1,9} s\.$/, '')

/** The message for one field of a form; a path may be `name` or `/body/name`, depending on who found the fault. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined
  return error.errors.find(({ path }) => path.split(/[./]/).at(-1) === field)?.message
}
