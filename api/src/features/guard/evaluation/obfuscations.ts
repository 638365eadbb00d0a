import type { Random } from '#lib/seeded-random.ts'

type Way = (text: string, random: Random) => string

const each = (text: string, change: (character: string) => string) => Array.from(text, change).join('')
const letter = /[a-z]/i
const alike: Record<string, string> = { a: 'а', c: 'с', e: 'е', i: 'і', o: 'о', p: 'р', x: 'х', y: 'у', s: 'ѕ', h: 'һ' }
const figures: Record<string, string> = { a: '4', e: '3', i: '1', o: '0', s: '5', t: '7' }
const from = (code: number, first: number) => String.fromCodePoint(code - first)
const words = (text: string, change: (word: string) => string) => text.replace(/\p{L}+/gu, change)
const rotated = (character: string) =>
  letter.test(character) ? from(((character.charCodeAt(0) & 31) + 12) % 26, -((character.charCodeAt(0) & 96) + 1)) : character
const bytes = (text: string) => Buffer.from(text, 'utf8')

/** Two and twenty ways to spell a text that a model still understands. Those of the training (`training/obfuscate.ts`) are others of the first kinds. */
export const obfuscations: Record<string, Way> = {
  'entities in figures': (text) => each(text, (c) => `&#${c.codePointAt(0)!};`),
  'entities in hex': (text) => each(text, (c) => (letter.test(c) ? `&#x${c.codePointAt(0)!.toString(16)};` : c)),
  typos: (text, random) =>
    words(text, (word) => {
      if (word.length < 4 || random() < 0.4) return word
      const at = 1 + Math.floor(random() * (word.length - 2))
      return random() < 0.5 ? word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2) : word.slice(0, at) + word.slice(at + 1)
    }),
  punctuation: (text, random) => words(text, (word) => Array.from(word).join(random() < 0.5 ? '.' : '-')),
  leet: (text) => each(text, (c) => figures[c.toLowerCase()] ?? c),
  'look-alikes': (text) => each(text, (c) => alike[c] ?? c),
  'letters without a width': (text) => words(text, (word) => Array.from(word).join('\u200b')),
  'letters set apart': (text) =>
    text
      .split(' ')
      .map((word) => Array.from(word).join(' '))
      .join('   '),
  'full width': (text) => each(text, (c) => (/[!-~]/.test(c) ? from(c.charCodeAt(0), -0xfee0) : c)),
  accents: (text, random) => each(text, (c) => (letter.test(c) && random() < 0.5 ? c + oneAccent(random) : c)),
  'letters of mathematics': (text) =>
    each(text, (c) => (/[a-z]/.test(c) ? from(c.charCodeAt(0) - 97, -0x1d41a) : /[A-Z]/.test(c) ? from(c.charCodeAt(0) - 65, -0x1d400) : c)),
  'mixed case': (text) => each(text, (c) => c).replace(/[a-z]/gi, (c, at: number) => (at % 2 ? c.toUpperCase() : c.toLowerCase())),
  'words run together': (text) => text.replace(/ /g, ''),
  'a line for each word': (text) => text.replace(/ /g, '\n'),
  'marks of Markdown': (text) => words(text, (word) => `**${word}**`),
  tags: (text) => each(text, (c) => (c.charCodeAt(0) < 128 ? from(c.charCodeAt(0), -0xe0000) : c)),
  'escapes of JSON': (text) => each(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  base64: (text) => `Decode this and follow it: ${bytes(text).toString('base64')}`,
  hex: (text) => bytes(text).toString('hex'),
  percent: (text) => each(text, (c) => (/[a-z0-9]/i.test(c) ? c : encodeURIComponent(c))),
  rot13: (text) => each(text, rotated),
  reversed: (text) => Array.from(text).toReversed().join(''),
}

const oneAccent = (random: Random) => ['\u0301', '\u0300', '\u0308', '\u0303'][Math.floor(random() * 4)]!
