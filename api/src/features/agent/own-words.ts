import { withoutEnd } from '#lib/without-end.ts'
import { openOffload } from '#ports/offload/index.ts'

/** So many words are sought in the text itself; with more a person is asked. */
const soughtMax = 200

/** What may be asked of a person's own words. */
export type Question =
  /** The address stands in their messages, whole. */
  | { kind: 'address'; text: string }
  /** The text stands in their messages as whole words, letter for letter but for case and spaces; and they named the host. */
  | { kind: 'text'; text: string; host: string }
  /** Every word stands in their messages, or says nothing by itself. */
  | { kind: 'words'; text: string }

/** What a person wrote themself, as far as a call may send it on without asking. */
export function createOwnWords(messages: readonly string[]): { hold(question: Question): boolean } {
  const addresses = () => new Set(messages.flatMap(addressesIn))
  return {
    hold(question) {
      const { kind, text } = question
      if (kind === 'words') return holdWords(messages.map(plain), text)
      if (kind === 'address') return addresses().has(addressOf(text) ?? '')
      const hosts = new Set([...addresses()].map((address) => address.split(/[/?#]/, 1)[0]!))
      const sought = plain(text)
      return hosts.has(question.host.toLowerCase().replace(/^www\./, '')) && messages.some((message) => holdsWhole(plain(message), sought))
    },
  }
}

/** Up to here a question is answered faster than it is handed to another thread and back. */
const inlineCharactersMax = 20_000

const offload = openOffload<{ messages: readonly string[]; question: Question }, boolean>(new URL('own-words-worker.ts', import.meta.url), {
  failure: 'What would leave could not be compared with what was written.',
  deadlineMs: 3000,
})

/** The same, off this thread when there is much to read. What takes too long is not theirs: a person is asked. */
export async function holdOwn(messages: readonly string[], question: Question): Promise<boolean> {
  const characters = messages.reduce((sum, { length }) => sum + length, question.text.length)
  if (characters <= inlineCharactersMax) return createOwnWords(messages).hold(question)
  return await offload.run({ messages, question }).catch(() => false)
}

function holdWords(texts: string[], text: string): boolean {
  const words = new Set(texts.flatMap(wordsOf))
  const others = new Set(wordsOf(plain(text)).filter((word) => !words.has(word) && !neutral.has(word) && word !== thisYear()))
  // Where words are written without spaces, a longer text of theirs may hold one.
  return others.size <= soughtMax && [...others].every((word) => unspaced.test(word) && texts.some((own) => own.includes(word)))
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

/** As it is written, and without the punctuation of the sentence around it. */
function addressesIn(message: string): string[] {
  return [...message.matchAll(addressPattern)].flatMap(([found]) => {
    const whole = /^https?:/i.test(found) ? found : `https://${found}`
    return [whole, withoutEnd(whole, closing)].flatMap((text) => addressOf(text) ?? [])
  })
}

const isCut = (outside: string, inside: string) => letter.test(outside) && letter.test(inside) && !unspaced.test(inside)

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

/** A run of marks is put in order in a time that grows with its square: cut by a joiner that changes nothing (UAX 15, stream-safe text). */
const marksMax = /\p{M}{30}/gu

const plain = (text: string) => text.replace(marksMax, '$&\u034f').normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()

/** Singular and plural count as one word. */
const wordsOf = (text: string) =>
  (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => (word.length > 3 ? word.replace(/(?:ies|y|s)$/, '') : word))

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

const thisYear = () => String(new Date().getUTCFullYear())

/** What people and models add to a query that tells nothing of anybody. */
const neutral = new Set(
  wordsOf(
    `the a an of for in on at to and or is are was were be do does did how what when where which who why with without from by about as it its
    vs versus than near best top new newest latest recent current today tomorrow yesterday now week month year date time list guide tutorial
    example examples documentation docs official site website page home overview summary explained meaning definition information facts
    news review reviews price prices cost compare comparison forecast weather schedule opening hours address map
    der die das ein eine und oder von für mit im in ist was wie wann wo aktuell heute neu le la les un une et ou de des du pour avec est
    quoi comment quand el los las y o para con es que como`,
  ),
)
