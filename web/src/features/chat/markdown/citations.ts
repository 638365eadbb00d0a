import type { Citation } from '@jarvis/contracts/chat.ts'

const mark = /\[(\d{1,4})\]/g

export type Cited = { text: string; source: Citation | null }

/** A text cut where it cites: `[2]` names the source with that number, where there is one. */
export function cite(text: string, sources: readonly Citation[]): Cited[] {
  const pieces: Cited[] = []
  let from = 0
  for (const match of text.matchAll(mark)) {
    const source = sources.find(({ n }) => n === Number(match[1]))
    if (!source) continue
    pieces.push({ text: text.slice(from, match.index), source: null }, { text: match[0], source })
    from = match.index + match[0].length
  }
  return [...pieces, { text: text.slice(from), source: null }].filter(({ text }) => text !== '')
}
