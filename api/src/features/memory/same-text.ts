import { createHash } from 'node:crypto'

const isBorder = (character: string) => /[\p{P}\s]/u.test(character)

/** Two texts are the same when these are equal: neither case, nor width of letters, nor spaces, nor what stands around them counts. */
export function normalised(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ')
  let [from, to] = [0, plain.length]
  while (from < to && isBorder(String.fromCodePoint(plain.codePointAt(from)!))) from += widthAt(plain, from)
  while (to > from && isBorder(plain.slice(startBefore(plain, to), to))) to = startBefore(plain, to)
  return from === to ? plain.trim() : plain.slice(from, to)
}

/** How many units of UTF-16 the character there has. */
const widthAt = (text: string, at: number) => (text.codePointAt(at)! > 0xffff ? 2 : 1)
/** Where the character that ends there begins. */
const startBefore = (text: string, end: number) => (end > 1 && text.codePointAt(end - 2)! > 0xffff ? end - 2 : end - 1)

/** A UUID that a person's text alone decides, so that to remember it twice at the same time is to remember it once. */
export function idOfText(userId: string, text: string): string {
  const hex = createHash('sha256')
    .update(`${userId} ${normalised(text)}`)
    .digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
