import { ProblemError } from '@jarvis/client/problem.ts'
import type { Failure, Params } from '@jarvis/contracts/errors.ts'
import { fillSentence } from '@jarvis/contracts/fill-sentence.ts'
import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { type English, catalogNow } from '#words/language.ts'
import { dateFormat } from '#words/numbers.ts'
import { say } from '#words/say.ts'

export { ProblemError, problemOf, unreachable } from '@jarvis/client/problem.ts'

type Said = Omit<Failure, 'code'> & { code: string }

/**
 * What the server says, in the language of the page: by its key and params, and where it has no key by the English sentence itself. What the
 * catalogue has not stays in English.
 */
export const failureText = (failure: Said): string => inPageLanguage(failure) ?? failure.detail

function inPageLanguage({ code, detail, params = {} }: Said, withoutWait = false): string | undefined {
  const catalog = catalogNow()
  if (!catalog) return undefined
  const sentence = catalog.sentences[(params['sentence'] ?? code) as SentenceKey] as string | undefined
  if (sentence === undefined) return detail in catalog.words ? say(detail as English) : undefined
  return fillSentence(withoutWait ? untilWait(sentence) : sentence, dated(params), catalog.limits)
}

/** Up to the sentence that names the wait, unless it is the only one. */
function untilWait(sentences: string): string {
  const before = sentences.slice(0, Math.max(0, sentences.indexOf('{retryAfterSeconds}')))
  const end = Math.max(before.lastIndexOf('. '), before.lastIndexOf('。'))
  return end < 0 ? sentences : sentences.slice(0, end + 1)
}

const day = dateFormat({ dateStyle: 'medium', timeZone: 'UTC' })
/** Days as people write them. */
const dated = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, /^\d{4}-\d\d-\d\d$/.test(String(value)) ? day().format(new Date(String(value))) : value]),
  )

export const messageOf = (error: unknown): string =>
  error instanceof ProblemError ? failureText(saidBy(error)) : say('Something went wrong in this page. Reload it and try again.')

const saidBy = ({ code, message, params }: ProblemError): Said => ({ code, detail: message, ...(params && { params }) })

/** What it says without when to try again, which is counted down beside it: the number in the sentence would soon be another one. */
export function messageWithoutWait(error: unknown): string {
  const translated = error instanceof ProblemError && inPageLanguage(saidBy(error), true)
  return translated || messageOf(error).replace(/ Try again in \d{1,9} s\.$/, '')
}

/** The message for one field of a form; a path may be `name` or `/body/name`, depending on who found the fault. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined
  return error.errors.find(({ path }) => path.split(/[./]/).at(-1) === field)?.message
}
