import type { Random } from '#lib/seeded-random.ts'
import { oneOf } from './generate.ts'

const letters = Array.from('abcdefghijklmnopqrstuvwxyz')
const leet: Record<string, string> = { o: '0', i: '1', e: '3', a: '4', s: '5', t: '7' }

/** Ways to write a text so that its words are not found; the reader still understands it. The seed decides where. */
const ways: ((text: string, random: Random) => string)[] = [
  // typos: a letter lost, doubled, changed or swapped with the next
  (text, random) =>
    text.replace(/\p{L}{4,}/gu, (word) => {
      if (random() < 0.45) return word
      const at = 1 + Math.floor(random() * (word.length - 2))
      const way = random()
      if (way < 0.3) return word.slice(0, at) + word.slice(at + 1)
      if (way < 0.5) return word.slice(0, at) + word[at]! + word.slice(at)
      if (way < 0.7) return word.slice(0, at) + oneOf(letters, random) + word.slice(at + 1)
      return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2)
    }),
  // signs between letters
  (text, random) => {
    const sign = oneOf(['.', '-', '_', '*', '~', '|'], random)
    return text.replace(/(\p{L})(?=\p{L})/gu, (letter) => (random() < 0.35 ? letter + sign : letter))
  },
  (text, random) => text.replace(/[oieast]/gi, (letter) => (random() < 0.7 ? leet[letter.toLowerCase()]! : letter)),
  // vowels lost
  (text, random) => text.replace(/(?<=\p{L})[aeiou](?=\p{L})/giu, (vowel) => (random() < 0.5 ? '' : vowel)),
  // words run together
  (text, random) => text.replace(/(?<=\p{L}) (?=\p{L})/gu, (gap) => (random() < 0.5 ? '' : gap)),
  // words torn apart
  (text, random) => text.replace(/(?<=\p{L}\p{L})(?=\p{L}\p{L})/gu, () => (random() < 0.15 ? ' ' : '')),
]

export const obfuscate = (text: string, random: Random): string => oneOf(ways, random)(text, random)
