import { type Node, plainText } from './node.ts'

const fromTheRight = /^[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u

/**
 * By the first letter in it, as `dir="auto"`: which passes over elements that have a `dir` of their own, and so sees nothing of a list's items.
 * Undefined without a letter: it runs as what is around it.
 */
export function directionOf(node: Node): 'ltr' | 'rtl' | undefined {
  const letter = /\p{L}/u.exec(plainText(node))?.[0]
  if (letter === undefined) return undefined
  return fromTheRight.test(letter) ? 'rtl' : 'ltr'
}
