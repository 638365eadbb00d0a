import { inLetters } from '#lib/reading/respell.ts'
import { AppError } from '#lib/app-error.ts'
import { isDate, isRow, isWalk, unitOf } from './weak-shapes.ts'
import { areCommonWords } from './word-lists.ts'

type Owner = { email: string; name: string }

/** A name that is guessed here. */
const service = 'jarvis'
/** A shorter row of characters is no secret however often it is written. */
const unitMin = 5
/** Up to so many letters a phrase may be of the words that everybody says most. */
const phraseLettersMax = 14
/** Nearly 50,000 passwords that were found in leaks, and keyboards; read when the first password is chosen. */
let common: ReturnType<typeof loadCommon> | undefined
async function loadCommon() {
  const { dictionary, adjacencyGraphs } = await import('@zxcvbn-ts/language-common')
  const { qwerty, qwertz, azerty } = adjacencyGraphs
  return { list: new Set(dictionary['passwords-common']), keyboards: { qwerty, qwertz, azerty } }
}
type Common = Awaited<ReturnType<typeof loadCommon>>

/**
 * Refuses what is guessed first: a password of the list, in any case and a little dressed up, the person's own name or email, one character or a
 * short row of them again and again, the service's name (NIST SP 800-63B §3.1.1.2); a word of a language, a date or keys side by side, with figures.
 * @throws invalid_request that names the field, overloaded
 */
export async function requireGoodPassword(password: string, { email, name }: Owner, field: 'password' | 'next'): Promise<void> {
  common ??= loadCommon()
  const said = plain(password)
  const [mailbox = '', domain = ''] = email.split('@')
  const own = [email, mailbox, domain, name, service].map(plain)
  const ownWords = [mailbox, name, service].flatMap(wordsOf)
  if (isMadeOf(said, own) || isOfWords(said, ownWords))
    throw weak(field, 'This is your own name or email, or ours, which is guessed first. Choose another one.')
  const found = await common
  for (const text of new Set([said, without(said, ownWords)]))
    if (isGuessed(text, found) || (await isOfLanguage(text, found)))
      throw weak(field, 'This password is among the first that are guessed. Choose another one, such as a few words that do not belong together.')
}

function isGuessed(said: string, { list }: Common): boolean {
  const isKnown = [said, unitOf(said), ...dressed(said), unitOf(tight(said))].some((each) => list.has(each))
  return said === '' || isKnown || isRow(said) || unitOf(said).length < unitMin
}

/** Figures alone that are guessed first. */
const isGuessedFigure = (figures: string, { list }: Common) =>
  figures.length < unitMin || list.has(figures) || isRow(figures) || isDate(figures) || unitOf(figures).length < unitMin

/** A word, a date or keys side by side, with figures before and behind that are guessed first. @throws overloaded */
async function isOfLanguage(said: string, found: Common): Promise<boolean> {
  if (isDate(said) || isWalk(said, found.keyboards)) return true
  if (!(said.match(/\p{N}+/gu) ?? []).every((figures) => isGuessedFigure(figures, found))) return false
  const phrase = lettersOf(said)
  const alone = [phrase, lettersOf(inLetters(bare(said))), lettersOf(bare(inLetters(said)))].filter(({ length }) => length <= 1)
  const words = [...new Set(alone.map(([word = '']) => word))]
  if (words.some((word) => word.length < wordMin || isRow(word) || isWalk(word, found.keyboards) || found.list.has(unitOf(word)))) return true
  const isShort = phrase.length <= 3 && phrase.join('').length <= phraseLettersMax
  return (words.length > 0 || isShort) && (await areCommonWords({ words, phrase: isShort ? phrase : [] }))
}

/** Letters that are set apart one by one are one word. */
function lettersOf(text: string): string[] {
  const runs = text.match(/[\p{L}\p{M}]+/gu) ?? []
  return runs.length > 2 && runs.every((run) => run.length === 1) ? [runs.join('')] : runs
}

/** Without what nobody sees: spaces at the ends, and characters that are not shown. */
const plain = (text: string) =>
  text
    .normalize('NFKC')
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{C}]/gu, '')
    .toLowerCase()
    .trim()

/** Without a few digits or signs at its ends. */
const bare = (text: string) => unitOf(text.replaceAll(/^[\p{N}\p{P}\p{S}\s]{1,4}|[\p{N}\p{P}\p{S}\s]{1,4}$/gu, ''))

/** What programs that guess try next of each password they know: signs in place of letters, digits or signs at the ends. */
const dressed = (said: string) => [inLetters(said), bare(said), inLetters(bare(said))].filter((each) => each.length >= unitMin)

/** One of these, or several times, with at most a few digits or signs about it. */
const isMadeOf = (said: string, own: readonly string[]) => [said, unitOf(said), bare(said)].some((each) => each !== '' && own.includes(each))

/** Letters and figures alone: how somebody sets words apart keeps no secret. */
const tight = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, '')

/** A shorter one would be found within others. */
const wordMin = 3
const wordsOf = (text: string) =>
  plain(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= wordMin)

const without = (text: string, words: readonly string[]) =>
  words
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, word) => left.replaceAll(word, ' '), text)
    .trim()

/** Of these words in any order, set apart in whatever way, with at most a few figures. */
function isOfWords(said: string, words: readonly string[]): boolean {
  return [tight(said), tight(inLetters(said)), inLetters(tight(said))].some((text) => {
    const rest = without(text, words)
    return rest !== text && /^[\p{N} ]*$/u.test(rest) && tight(rest).length <= 4
  })
}

const weak = (path: string, message: string) => new AppError('invalid_request', message, { errors: [{ path, message }] })
