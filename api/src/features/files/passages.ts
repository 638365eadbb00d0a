import { pieceEnd } from '#lib/piece-end.ts'
import type { Section } from '#ports/documents/index.ts'

/** A piece of a file that is found, read and cited as one. `start` is its offset in the file's whole text, in UTF-16 units. */
export type Passage = { position: number; start: number; page: number | null; heading: string | null; text: string }

const charactersMax = 1500

/** The sections of a file in pieces of a bounded length: together they are the whole text, each character once. */
export function passagesOf(sections: readonly Section[]): Passage[] {
  const passages: Passage[] = []
  let start = 0
  for (const { page, heading, text } of sections) {
    for (let from = 0; from < text.length;) {
      const to = pieceEnd(text, from, charactersMax)
      passages.push({ position: passages.length, start, page, heading, text: text.slice(from, to) })
      start += to - from
      from = to
    }
  }
  return passages
}
