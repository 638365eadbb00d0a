import { withoutEnd } from '#lib/without-end.ts'
import { openOffload } from '#ports/offload/index.ts'
import { passageBits, queryBits } from './own-choice.ts'
import { isUnspaced, plain } from './words.ts'

/** What may be asked of a person's own words. */
export type Question =
  /** How many bits it takes to say which part of their messages the text is; null when it does not stand there as whole words, letter for letter but for case and spaces, or when they did not name the host. */
  | { kind: 'passage'; text: string; host: string }
  /** The same of a query for a search. */
  | { kind: 'query'; text: string }

/** What a person wrote themself, as far as a call may send it on without asking. */
export function createOwnWords(messages: readonly string[]): { measure(question: Question): number | null } {
  return {
    measure(question) {
      const { kind, text } = question
      if (kind === 'query') return queryBits(messages, text)
      const hosts = new Set(messages.flatMap(addressesIn).flatMap(({ url }) => URL.parse(url)?.host.replace(/^www\./, '') ?? []))
      const sought = plain(text)
      const isTheirs = hosts.has(question.host.toLowerCase().replace(/^www\./, '')) && messages.some((message) => holdsWhole(plain(message), sought))
      return isTheirs ? passageBits(messages, text) : null
    },
  }
}

/** Up to here a question is answered faster than it is handed to another thread and back. */
const inlineCharactersMax = 20_000

const offload = openOffload<{ messages: readonly string[]; question: Question }, number | null>(new URL('own-words-worker.ts', import.meta.url), {
  failure: 'What would leave could not be compared with what was written.',
  deadlineMs: 3000,
})

/** The same, off this thread when there is much to read. What takes too long is not theirs: a person is asked. */
export async function measureOwn(messages: readonly string[], question: Question): Promise<number | null> {
  const characters = messages.reduce((sum, { length }) => sum + length, question.text.length)
  if (characters <= inlineCharactersMax) return createOwnWords(messages).measure(question)
  return await offload.run({ messages, question }).catch(() => null)
}

/**
 * What two spellings of one address have in common: host and port, path, query and fragment, for a page's script could read the fragment.
 * Null for what is no address of the web, or carries a name and password.
 */
export function addressOf(text: string): string | null {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null
  return url.host.replace(/^www\./, '') + url.pathname.replace(/\/$/, '') + url.search + url.hash
}

const addressPattern = /https?:\/\/[^\s<>"'`]+|(?<![\p{L}\p{N}@./-])(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?::\d+)?(?:[/?#][^\s<>"'`]*)?/giu
const closing = '.,;:!?)]}»”’'

/** In their order, each without the punctuation of the sentence around it, and as it is written. */
export function addressesIn(message: string): { url: string; asWritten: string }[] {
  return [...message.matchAll(addressPattern)].flatMap(([found]) => {
    const asWritten = /^https?:/i.test(found) ? found : `https://${found}`
    const url = withoutEnd(asWritten, closing)
    return addressOf(url) === null ? [] : [{ url, asWritten }]
  })
}

const isCut = (outside: string, inside: string) => letter.test(outside) && letter.test(inside) && !isUnspaced(inside)

/** Not a part of a word: any secret could be put together from letters. */
function holdsWhole(own: string, text: string): boolean {
  for (const at of text === '' ? [] : placesOf(text, own)) {
    const end = at + text.length
    if (!isCut(own.slice(Math.max(0, at - 1), at), text[0]!) && !isCut(own.slice(end, end + 1), text.at(-1)!)) return true
  }
  return false
}

/** Where one text stands in another, overlapping too, by Knuth, Morris and Pratt: a text of one letter repeated costs no more than any. */
function* placesOf(part: string, whole: string): Generator<number> {
  const shorter = new Uint32Array(part.length + 1)
  for (let i = 1, matched = 0; i < part.length; i++) {
    while (matched > 0 && part[i] !== part[matched]) matched = shorter[matched]!
    if (part[i] === part[matched]) matched++
    shorter[i + 1] = matched
  }
  for (let i = 0, matched = 0; i < whole.length; i++) {
    while (matched > 0 && (matched === part.length || whole[i] !== part[matched])) matched = shorter[matched]!
    if (whole[i] === part[matched]) matched++
    if (matched === part.length) yield i + 1 - part.length
  }
}

const letter = /[\p{L}\p{M}\p{N}]/u
