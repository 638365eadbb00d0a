import { openOffload } from '#ports/offload/index.ts'

/** `words`: is one of them a word of a language, or a name. `phrase`: is it a few of the words that everybody says most. */
export type WordQuestion = { words: readonly string[]; phrase: readonly string[] }

/** Nearly 300,000 words are 40 MB: they are held by a thread that goes again. */
const offload = openOffload<WordQuestion, boolean>(new URL('word-lists-worker.ts', import.meta.url), {
  failure: 'The password could not be compared with common words. Try again in a moment.',
  deadlineMs: 30_000,
  waitingMax: 1000,
})

/** In English, German, French, Spanish and Portuguese, with accents or without. @throws overloaded */
export async function areCommonWords(question: WordQuestion): Promise<boolean> {
  return await offload.run(question)
}

/** Without accents, and as who has none on the keyboard writes it. */
export const spelled = (word: string): string =>
  word.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('ß', 'ss').replaceAll('œ', 'oe')
