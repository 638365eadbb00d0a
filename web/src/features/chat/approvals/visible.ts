import { lookAlikes } from './look-alikes.ts'

// What Unicode itself says is not to be seen, every blank but the common one, and signs that are drawn as nothing: the Braille pattern without
// dots, a note without a head, what stands for an object, blanks of hieroglyphs; and what strikes a letter through.
const unseen =
  /^([\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\u{1D159}\u{13441}\u{13442}]|\u{16FE4}|(?! )\p{Zs})$/u
const overlay = /^[\u0334-\u0338\u20D2\u20D3\u20D8-\u20DA\u20E5\u20E6\u20EA\u20EB]$/u

/** Code points that read as ASCII by Unicode's table; upright lines are not in it. */
const known = new Set([...lookAlikes.trim().split(/\s+/).flatMap(codesOf), ...Array.from('│┃❘⎮⏐', (line) => line.codePointAt(0)!)])
/** Signs that everybody knows and writes: raised figures, the ellipsis, quotes of prose. */
const everyday = /^[²³¹⁰-₟ªº…™℠№‘-‟«»]$/u
/** These too, between figures or blanks. */
const between = /^[–×]$/u
const figureOrBlank = /^[\d\s]$/

const latin = /\p{Script=Latin}/u
const mark = /^\p{M}$/u
const letter = /^\p{L}$/u
/** What is not seen itself stands between a letter and its mark as nothing. */
const transparent = /^[\p{Cf}\p{Default_Ignorable_Code_Point}]$/u
/** The accents that languages in Latin letters write. */
const accent = /^[\u0300-\u0304\u0306\u0308-\u030C\u0323-\u0328\u0331]$/u
/** Marks of no script of their own. */
const common = /^[\u0300-\u036F]$/u
/** Alphabets that have the shapes of Latin. */
const akin =
  /^[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}\p{Script=Canadian_Aboriginal}]$/u
const akinScripts = [/\p{scx=Cyrillic}/u, /\p{scx=Greek}/u, /\p{scx=Armenian}/u, /\p{scx=Cherokee}/u, /\p{scx=Coptic}/u]
const eastAsian = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\uFF01-\uFF65]/u
const otherScripts = [
  eastAsian,
  /\p{scx=Arabic}/u,
  /\p{scx=Hebrew}/u,
  /\p{scx=Devanagari}/u,
  /\p{scx=Bengali}/u,
  /\p{scx=Tamil}/u,
  /\p{scx=Telugu}/u,
  /\p{scx=Thai}/u,
  /\p{scx=Georgian}/u,
  /\p{scx=Ethiopic}/u,
]
const scripts = [...akinScripts, ...otherScripts]
/** The rest of those that are written with marks. */
const furtherScripts = [
  /\p{scx=Gurmukhi}/u,
  /\p{scx=Gujarati}/u,
  /\p{scx=Oriya}/u,
  /\p{scx=Kannada}/u,
  /\p{scx=Malayalam}/u,
  /\p{scx=Sinhala}/u,
  /\p{scx=Lao}/u,
  /\p{scx=Tibetan}/u,
  /\p{scx=Myanmar}/u,
  /\p{scx=Khmer}/u,
  /\p{scx=Syriac}/u,
  /\p{scx=Thaana}/u,
]
/** Punctuation of East Asian prose; the other wide signs are those of addresses and commands. */
const eastAsianProse = /^[！，：；？（）～]$/u
/** Dots in the name of a host, too. */
const eastAsianStop = /^[。｡]$/u

/** Single strokes of East Asian scripts: beside one of their own they are letters, elsewhere a dash, a bar, a slash or a comma. */
const strokes = /[一丨丶丿亅ーㅡㅣ㇀㇐㇑㇓㇔〡]+/gu
/** Between quotes of prose; after a letter it is a comma to the eye. */
const lowQuote = /(?<=[\p{L}\p{M}\p{N}])\u201A/gu

type Word = { at: number; text: string; characters: string[]; looks: 'ASCII' | 'own' | 'Latin' }

/** Text as it is, with every character written out that one could not see or would take for another: what is approved must be what was read. */
export function visible(text: string): string {
  if (/^[ -~\n\t]*$/.test(text)) return text
  const passing = new Set([...inWords(text), ...signs(text), ...marks(text), ...lone(text)])
  let at = 0
  return Array.from(text, (character) => {
    const start = at
    at += character.length
    if (character === '\n' || character === '\t') return character
    return passing.has(start) || unseen.test(character) || overlay.test(character) ? written(character) : character
  }).join('')
}

const written = (character: string) => `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`

function codesOf(range: string): number[] {
  const [first = 0, last = first] = range.split('-').map((code) => Number.parseInt(code, 16))
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** Another form of ASCII, such as a wide or bold letter. */
const isDressed = (character: string) => character > '\x7F' && !everyday.test(character) && /^[!-~]+$/.test(character.normalize('NFKC'))
const passes = (character: string) => (known.has(character.codePointAt(0)!) && !everyday.test(character)) || isDressed(character)

/** Where a letter or figure is that passes for ASCII and is not plainly of its own language. */
function* inWords(text: string): Generator<number> {
  const words = Array.from(text.matchAll(/[\p{L}\p{M}\p{N}]+/gu), ({ index, 0: word }) => asWord(index, word))
  for (const [index, word] of words.entries()) {
    if (word.looks === 'ASCII' && word.characters.every((character) => character <= '\x7F')) continue
    const isMarked = markedIn(word, () => isAmongItsOwn(text, words, index))
    let at = word.at
    for (const character of word.characters) {
      if (isDressed(character) || isMarked(character)) yield at
      at += character.length
    }
  }
}

function asWord(at: number, text: string): Word {
  const characters = Array.from(text)
  const seen = characters.filter((character) => !/\p{M}/u.test(character) || known.has(character.codePointAt(0)!))
  if (latin.test(text)) return { at, text, characters, looks: 'Latin' }
  return { at, text, characters, looks: seen.every((character) => character <= '\x7F' || passes(character)) ? 'ASCII' : 'own' }
}

function markedIn(word: Word, isAmongItsOwn: () => boolean): (character: string) => boolean {
  if (word.looks === 'Latin') {
    // Turkish has an i without a dot; nobody reads a word as English that has other letters of its own.
    const isForeignLatin = word.characters.some((character) => character > '\x7F' && latin.test(character) && !passes(character))
    return (character) => akin.test(character) || (passes(character) && !(character === 'ı' && isForeignLatin))
  }
  if (word.looks === 'ASCII') return isAmongItsOwn() ? () => false : passes
  // Many alphabets share their accents.
  const letters = word.characters.filter((character) => letter.test(character))
  return akinScripts.filter((script) => letters.some((character) => script.test(character))).length > 1 ? passes : () => false
}

/** A word such as “а” or “со” is one of its language where it stands beside another that can be nothing else, and beside no Latin one. */
function isAmongItsOwn(text: string, words: readonly Word[], index: number): boolean {
  const word = words[index]!
  const own = scripts.filter((script) => word.characters.every((character) => character <= '\x7F' || script.test(character)))
  const beside = [nextTo(text, words, index, -1), nextTo(text, words, index, 1)].filter((other) => other !== undefined)
  return (
    beside.every(({ looks }) => looks !== 'Latin') &&
    beside.some(
      ({ looks, characters }) =>
        looks === 'own' && characters.some((character) => !passes(character) && own.some((script) => script.test(character))),
    )
  )
}

/** The word before or after, unless a quote or a line's end stands between; figures say nothing. */
function nextTo(text: string, words: readonly Word[], index: number, step: 1 | -1): Word | undefined {
  const [from, other] = [words[index]!, words[index + step]]
  if (!other) return undefined
  const [first, second] = step === 1 ? [from, other] : [other, from]
  const isApart = /["\n]/.test(text.slice(first.at + first.text.length, second.at))
  return isApart || /^[0-9]+$/.test(other.text) ? undefined : other
}

/** Where a stroke is that no letter of its script stands beside, and a low quote that opens nothing. */
function* lone(text: string): Generator<number> {
  for (const { index } of text.matchAll(lowQuote)) yield index
  for (const { index, 0: run } of text.matchAll(strokes)) {
    const before = Array.from(text.slice(Math.max(0, index - beside), index).trimEnd()).at(-1)
    const after = Array.from(text.slice(index + run.length, index + run.length + beside).trimStart())[0]
    if ([before, after].some((character) => character !== undefined && eastAsian.test(character))) continue
    for (let at = index; at < index + run.length; at++) yield at
  }
}
/** So far away a neighbour may stand, with blanks between. */
const beside = 8

/** Where a mark is that stands on nothing, or on a letter that no language puts it on: it is hardly seen, or not at all. */
function* marks(text: string): Generator<number> {
  if (!/\p{M}/u.test(text)) return
  let base = ''
  let at = 0
  for (const character of text) {
    if (!mark.test(character)) base = transparent.test(character) ? base : character
    else if (!belongs(character, base)) yield at
    at += character.length
  }
}

function belongs(character: string, base: string): boolean {
  if (!letter.test(base)) return false
  if (latin.test(base))
    return (base + character).normalize('NFC').length < (base + character).length || (accent.test(character) && !/[ij]/.test(base))
  const own = [...scripts, ...furtherScripts].filter((script) => script.test(character))
  return common.test(character) || own.length === 0 || own.some((script) => script.test(base))
}

/** Where a sign is that passes for one of ASCII and is not plainly one of prose. */
function* signs(text: string): Generator<number> {
  for (const { index, 0: sign } of text.matchAll(/[^\p{L}\p{M}\p{N}\0-\x7F]/gu)) {
    if (!passes(sign) && !eastAsianStop.test(sign)) continue
    const [before, after] = [text.slice(Math.max(0, index - 2), index), text.slice(index + sign.length, index + sign.length + 2)]
    const [last, first] = [Array.from(before).at(-1) ?? ' ', Array.from(after)[0] ?? ' ']
    if (between.test(sign) && figureOrBlank.test(last) && figureOrBlank.test(first)) continue
    if (eastAsianProse.test(sign) && (eastAsian.test(last) || eastAsian.test(first))) continue
    if (eastAsianStop.test(sign) && eastAsian.test(last) && !/^[a-z0-9]$/i.test(first)) continue
    if (passes(sign) && !isDressed(sign) && otherScripts.some((script) => script.test(sign) && script.test(last))) continue
    yield index
  }
}
