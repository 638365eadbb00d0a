import { createHash } from 'node:crypto'

const isBorder = (character: string) => /[\p{P}\s]/u.test(character)

/** Two texts are the same when these are equal: neither case, nor width of letters, nor spaces, nor what stands around them counts. */
export function normalised(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ')
  const characters = Array.from(plain)
  const from = characters.findIndex((character) => !isBorder(character))
  const to = characters.findLastIndex((character) => !isBorder(character))
  return from < 0 ? plain.trim() : characters.slice(from, to + 1).join('')
}

/** A UUID that a person's text alone decides, so that to remember it twice at the same time is to remember it once. */
export function idOfText(userId: string, text: string): string {
  const hex = createHash('sha256')
    .update(`${userId} ${normalised(text)}`)
    .digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
