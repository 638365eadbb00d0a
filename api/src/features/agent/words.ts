/** A run of marks is put in order in a time that grows with its square: cut by a joiner that changes nothing (UAX 15, stream-safe text). */
const marksMax = /\p{M}{30}/gu

export const plain = (text: string) => text.replace(marksMax, '$&\u034f').normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()

const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u
export const isUnspaced = (word: string) => unspaced.test(word)

/** Where words are written without spaces, each letter counts as one. */
export const wordsIn = (text: string): string[] =>
  (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).flatMap((word) => (isUnspaced(word) ? Array.from(word) : [word]))

/** Singular and plural count as one word. */
export const stemOf = (word: string) => (word.length > 3 ? word.replace(/(?:ies|y|s)$/, '') : word)
/** The message itself, its sentences, and the phrases between their signs. */
export const segmentsOf = (message: string): string[] => [
  message,
  ...message.split(/[.!?](?=\s|$)|[\n。！？]/u),
  ...message.split(/[.,:;!?](?=\s|$)|[()"“”«»„\n、。！？]/u),
]

/** What tells nothing of anybody. */
export const neutral = new Set(
  `the a an of for in on at to and or is are was were be do does did how what when where which who why with without from by about as it its
    vs versus than near best top new newest latest recent current today tomorrow yesterday now week month year date time list guide tutorial
    example examples documentation docs official site website page home overview summary explained meaning definition information facts
    news review reviews price prices cost compare comparison forecast weather schedule opening hours address map
    der die das ein eine und oder von für mit im in ist was wie wann wo aktuell heute neu le la les un une et ou de des du pour avec est
    quoi comment quand el los las y o para con es que como`
    .split(/\s+/)
    .map(stemOf),
)
