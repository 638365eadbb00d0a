import { isBidiOverride, isInvisible } from './invisible.ts'
import { latinLookalike } from './lookalikes.ts'

/**
 * A text as the rules read it: lower case, NFKC, without accents on Latin letters, invisible characters or look-alikes.
 * `origin(i)` is where the folded code unit `i` came from, and of the end the end, so that a finding can be cut out of the original.
 */
export type Folded = { text: string; origin: (at: number) => number; inWordInvisible: number; bidiOverrides: number; mixedWords: number }

// oxlint-disable-next-line no-control-regex
const asciiOnly = /^[\x00-\x7f]*$/
const escape = /&(?:quot|lt|gt|amp|apos|nbsp|#39|#x27|#34);|\\[nrt"']/y
const escapes: Record<string, string> = {
  quot: '"',
  lt: '<',
  gt: '>',
  amp: '&',
  apos: "'",
  nbsp: ' ',
  '#39': "'",
  '#x27': "'",
  '#34': '"',
  n: '\n',
  r: '\n',
  t: ' ',
  '"': '"',
  "'": "'",
}
const cache = new Map<number, string>()

export function fold(text: string): Folded {
  if (!/[&\\]/.test(text) && asciiOnly.test(text))
    return { text: text.toLowerCase(), origin: (at) => at, inWordInvisible: 0, bidiOverrides: 0, mixedWords: 0 }
  const folding = createBuffer(text.length)
  let inWordInvisible = 0
  let bidiOverrides = 0
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!
    const escaped = code === 0x26 || code === 0x5c ? escapeAt(text, at) : ''
    const width = escaped ? escaped.length : code > 0xffff ? 2 : 1
    const folded = escaped ? escapes[escaped.replace(/^[&\\]|;$/g, '')]! : foldCodePoint(code)
    if (folded === '') {
      if (isBidiOverride(code)) bidiOverrides++
      else if (isAsciiLetter(text.charCodeAt(at - 1)) && isAsciiLetter(text.charCodeAt(at + width))) inWordInvisible++
    }
    folding.push(folded, at)
    at += width
  }
  const { units, origins } = folding.done()
  const mixedWords = foldMixedWords(units)
  const folded = Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString('utf16le')
  return { text: folded, origin: (at) => origins[at] ?? text.length, inWordInvisible, bidiOverrides, mixedWords }
}

/** The same, but a letter that was large stays so: for what is judged by its shape. */
export function foldKeepingCase(text: string): Pick<Folded, 'text' | 'origin'> {
  const { text: folded, origin } = fold(text)
  if (folded === text) return { text, origin }
  let kept = ''
  for (let at = 0; at < folded.length; at++) {
    const unit = folded[at]!
    const large = unit.toUpperCase()
    const before = String.fromCodePoint(text.codePointAt(origin(at))!)
    kept += large.length === 1 && before.toLowerCase() !== before ? large : unit
  }
  return { text: kept, origin }
}

function extend<T extends Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** Code units and where each came from, in arrays that grow; strings would cost an object per character. */
function createBuffer(capacity: number) {
  let units = new Uint16Array(capacity + 64)
  let origins = new Uint32Array(capacity + 64)
  let length = 0
  const grow = () => {
    units = extend(units, new Uint16Array(units.length * 2))
    origins = extend(origins, new Uint32Array(origins.length * 2))
  }
  return {
    push(folded: string, at: number) {
      if (length + folded.length > units.length) grow()
      for (let i = 0; i < folded.length; i++) {
        units[length] = folded.charCodeAt(i)
        origins[length++] = at
      }
    },
    done: () => ({ units: units.subarray(0, length), origins: origins.subarray(0, length) }),
  }
}

/** The escapes of JSON and HTML that carry structure: a line break or a quotation mark inside a value. */
function escapeAt(text: string, at: number): string {
  escape.lastIndex = at
  return escape.exec(text)?.[0] ?? ''
}

/** Folds a short literal exactly as `fold` folds a text; for the tables of words. */
export const foldTerm = (term: string): string => fold(term).text

function foldCodePoint(code: number): string {
  if (code < 0x80) return asciiLower[code]!
  const known = cache.get(code)
  if (known !== undefined) return known
  const folded = foldUnknown(code)
  // Bounded: a hostile text cannot grow it past the assigned code points it uses, and it starts over before it is large.
  if (cache.size > 20_000) cache.clear()
  cache.set(code, folded)
  return folded
}

const asciiLower = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code).toLowerCase())

function foldUnknown(code: number): string {
  const char = String.fromCodePoint(code)
  if (code >= 0x0300 && code <= 0x036f) return ''
  if (code === 0x0640 || (code >= 0x064b && code <= 0x0652)) return ''
  if (isInvisible(char)) return ''
  const letter = enclosedLetter(code)
  if (letter) return letter
  // A few ligatures stand for whole phrases: cut, so that no text grows more than fourfold.
  const compatible = char.normalize('NFKC').toLowerCase().slice(0, 4)
  if (/^\s$/u.test(compatible)) return compatible === '\u2028' || compatible === '\u2029' || compatible === '\u0085' ? '\n' : ' '
  if (/[\p{Script=Latin}]/u.test(compatible)) return latinLookalike(compatible.normalize('NFD').replace(/[\u0300-\u036f]/g, ''))
  if (/^[\u2018\u2019\u201b\u02bc\u2032`\u00b4]$/u.test(compatible)) return "'"
  if (/^[\u201c-\u201f\u2033\u00ab\u00bb]$/u.test(compatible)) return '"'
  return /^\p{Pd}$/u.test(compatible) ? '-' : compatible
}

/** Squared and circled letters, and the regional indicators that flags are made of: NFKC leaves them alone. */
function enclosedLetter(code: number): string | undefined {
  for (const first of [0x1f130, 0x1f150, 0x1f170, 0x1f1e6]) if (code >= first && code < first + 26) return String.fromCharCode(97 + code - first)
  return undefined
}

const isAsciiLetter = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
const isLookalikeScript = (unit: number) => unit >= 0x0370 && unit <= 0x058f

/**
 * A word that mixes scripts is folded, and in a text of Latin letters also one that is all look-alikes: Russian stays Russian.
 * Returns how many words mixed them.
 */
function foldMixedWords(units: Uint16Array): number {
  const isMostlyLatin = hasMostlyLatin(units)
  let mixed = 0
  let start = 0
  let latin = false
  let other = false
  for (let i = 0; i <= units.length; i++) {
    const unit = units[i] ?? 32
    if (isAsciiLetter(unit)) latin = true
    else if (isLookalikeScript(unit)) other = true
    else {
      if (other && (latin || (isMostlyLatin && isAllLookalikes(units, start, i)))) {
        if (latin) mixed++
        for (let k = start; k < i; k++) units[k] = latinLookalike(String.fromCharCode(units[k]!)).charCodeAt(0)
      }
      start = i + 1
      latin = false
      other = false
    }
  }
  return mixed
}

function hasMostlyLatin(units: Uint16Array): boolean {
  let balance = 0
  for (const unit of units) {
    if (isAsciiLetter(unit)) balance++
    else if (isLookalikeScript(unit)) balance--
  }
  return balance > 0
}

/** At least three letters: a single Greek one is a symbol. */
function isAllLookalikes(units: Uint16Array, start: number, end: number): boolean {
  if (end - start < 3) return false
  for (let i = start; i < end; i++) {
    const char = String.fromCharCode(units[i]!)
    if (latinLookalike(char) === char) return false
  }
  return true
}
