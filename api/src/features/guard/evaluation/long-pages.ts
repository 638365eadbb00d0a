import { seededRandom } from '#lib/seeded-random.ts'
import type { GuardRow } from './eval.ts'

const pages = 20
const pageCharacters = 100_000

/** Pages of 100,000 characters made of honest outputs of tools, drawn anew for each: in so much text something looks like an attack by chance. */
export function longPages(rows: GuardRow[]): string[] {
  const honest = rows.filter(({ label, channel }) => label === 'benign' && channel === 'tool_output').map(({ text }) => text)
  if (honest.every((text) => text.length === 0)) return []
  const random = seededRandom(5)
  return Array.from({ length: pages }, () => {
    const pieces: string[] = []
    for (let length = 0; length < pageCharacters;) {
      const piece = honest[Math.floor(random() * honest.length)]!
      pieces.push(piece)
      length += piece.length + 2
    }
    return pieces.join('\n\n').slice(0, pageCharacters)
  })
}
