import { dictionary as german } from '@zxcvbn-ts/language-de'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import { dictionary as spanish } from '@zxcvbn-ts/language-es-es'
import { dictionary as french } from '@zxcvbn-ts/language-fr'
import { dictionary as portuguese } from '@zxcvbn-ts/language-pt-br'
import { answerWork } from '#ports/offload/answer-work.ts'
import { spelled, type WordQuestion } from './word-lists.ts'

/** What is said most: three of these are guessed soon. */
const saidMost = 200
const partsMax = 3

const languages = [german, english, spanish, french, portuguese].map((lists) => {
  // Titles of an encyclopedia are no words that people choose.
  const chosen = Object.entries(lists).filter(([name]) => !name.startsWith('wikipedia'))
  const common = chosen.find(([name]) => name.startsWith('commonWords'))![1]
  return { words: chosen.flatMap(([, list]) => list), most: new Set(common.slice(0, saidMost).map(spelled)) }
})
const words = new Set(languages.flatMap((language) => language.words.flatMap((word) => [spelled(word), spelled(withoutUmlauts(word))])))

answerWork(
  async (asked: WordQuestion) => asked.words.some((word) => words.has(spelled(word))) || languages.some(({ most }) => isOf(most, asked.phrase)),
)

function withoutUmlauts(word: string): string {
  return word.normalize('NFC').replaceAll('ä', 'ae').replaceAll('ö', 'oe').replaceAll('ü', 'ue')
}

/** Words as they are set apart, or run together. */
function isOf(most: ReadonlySet<string>, phrase: readonly string[]): boolean {
  const text = phrase.map(spelled)
  return text.length > 1 ? text.every((word) => most.has(word)) : text.length === 1 && isCut(text[0]!, most, partsMax)
}

function isCut(text: string, most: ReadonlySet<string>, parts: number): boolean {
  if (most.has(text)) return true
  if (parts === 1) return false
  for (let at = 1; at < text.length; at++) if (most.has(text.slice(0, at)) && isCut(text.slice(at), most, parts - 1)) return true
  return false
}
