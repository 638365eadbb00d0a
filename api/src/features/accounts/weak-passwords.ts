import { inLetters } from '#lib/reading/respell.ts'
import { AppError } from '#lib/app-error.ts'

type Owner = { email: string; name: string }

/** A name that is guessed here. */
const service = 'jarvis'
/** A shorter row of characters is no secret however often it is written. */
const unitMin = 5
/** Nearly 50,000 passwords that were found in leaks; read when the first password is chosen. */
let common: Promise<ReadonlySet<string>> | undefined
const loadCommon = async () => new Set((await import('@zxcvbn-ts/language-common')).dictionary['passwords-common'])

/**
 * Refuses what is guessed first: a password of the list, in any case and a little dressed up, the person's own name or email, one character or a
 * short row of them again and again, the service's name (NIST SP 800-63B §3.1.1.2). @throws invalid_request that names the field
 */
export async function requireGoodPassword(password: string, { email, name }: Owner, field: 'password' | 'next'): Promise<void> {
  common ??= loadCommon()
  const said = plain(password)
  const [mailbox = '', domain = ''] = email.split('@')
  const own = [email, mailbox, domain, name, service].map(plain)
  if (isMadeOf(said, own) || isOfWords(said, [mailbox, name, service].flatMap(wordsOf)))
    throw weak(field, 'This is your own name or email, or ours, which is guessed first. Choose another one.')
  const list = await common
  const isKnown = [said, unitOf(said), ...dressed(said), unitOf(tight(said))].some((each) => list.has(each))
  if (said === '' || isKnown || isRow(said) || unitOf(said).length < unitMin)
    throw weak(field, 'This password is among the first that are guessed. Choose another one, such as a few words that do not belong together.')
}

/** Without what nobody sees: spaces at the ends, and characters that are not shown. */
const plain = (text: string) =>
  text
    .normalize('NFKC')
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{C}]/gu, '')
    .toLowerCase()
    .trim()

/** What is written again and again, or the whole text. */
const unitOf = (text: string) => text.slice(0, (text + text).indexOf(text, 1))

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

/** Of these words in any order, set apart in whatever way, with at most a few figures. */
function isOfWords(said: string, words: readonly string[]): boolean {
  const longestFirst = words.toSorted((a, b) => b.length - a.length)
  return [tight(said), tight(inLetters(said)), inLetters(tight(said))].some((text) => {
    const rest = longestFirst.reduce((left, word) => left.replaceAll(word, ' '), text)
    return rest !== text && /^[\p{N} ]*$/u.test(rest) && tight(rest).length <= 4
  })
}

/** Each character the one after, or before, the last: abcdefgh, 87654321. */
function isRow(text: string): boolean {
  const steps = new Set(Array.from(text.slice(1), (character, at) => character.codePointAt(0)! - text.codePointAt(at)!))
  return steps.size === 1 && Math.abs([...steps][0]!) <= 1
}

const weak = (path: string, message: string) => new AppError('invalid_request', message, { errors: [{ path, message }] })
