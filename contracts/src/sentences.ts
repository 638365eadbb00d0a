import type { Failure, Params } from './errors.ts'

/**
 * What a failure says, by key. Another language is one more file of this shape; a client that has none shows `detail`. A name in braces is
 * one of the problem's `params`.
 */
export const sentences = {
  blocked_by_guard: 'This message looks like an attempt to override the assistant’s rules. Rephrase it to go on.',
  'budget_exhausted.busy':
    'Other answers have set aside what is left of this month’s {limit}. Try again in a moment. It starts anew on {resetsOn} (UTC).',
  'budget_exhausted.nearly': 'This month’s {limit} is too nearly used up for this message. It starts anew on {resetsOn} (UTC).',
  'budget_exhausted.used': 'This month’s {limit} is used up. It starts anew on {resetsOn} (UTC).',
  'ceiling_reached.busy':
    'Other answers have set aside what is left of this month’s {limit}. Try again in a moment. It starts anew on {resetsOn} (UTC).',
  'ceiling_reached.nearly': 'This month’s {limit} is too nearly used up for this message. It starts anew on {resetsOn} (UTC).',
  'ceiling_reached.used': 'This month’s {limit} is used up. It starts anew on {resetsOn} (UTC).',
  rate_limited: 'You have reached {requestsMax} requests in {windowSeconds} seconds. Try again in {retryAfterSeconds} s.',
  'rate_limited.frames': 'Too many frames. Try again in {retryAfterSeconds} s.',
  'rate_limited.sign_in': 'Too many failed tries. Wait {retryAfterSeconds} s and try again.',
  'rate_limited.share': 'You are asking for too much of this at once. Wait for the answers first.',
  'overloaded.line': 'Too many messages are waiting for an answer right now. Yours was not taken; send it again in a moment.',
  'overloaded.share': 'Too much of this is being asked for right now. Try again in a moment.',
} as const

/** An error code, and a name after a full stop where the code has several sentences. */
export type SentenceKey = keyof typeof sentences

/** The sentence in a language; what a parameter is missing for stays in braces. */
export function sentenceOf(key: SentenceKey, params: Params = {}, language: Record<SentenceKey, string> = sentences): string {
  return language[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}

/** A failure as it is read back: the catalogue's sentence, or what is stored where the catalogue has none. */
export function readFailure(failure: Failure, language: Record<SentenceKey, string> = sentences): Failure {
  const key = failure.params?.sentence
  if (typeof key !== 'string' || !Object.hasOwn(language, key)) return failure
  return { ...failure, detail: sentenceOf(key as SentenceKey, failure.params, language) }
}
