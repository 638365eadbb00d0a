import type { Source } from '@jarvis/contracts/chat.ts'

const mark = /\[(\d{1,3})\]/g

export type Cited = { text: string; source: Source | null }

/** A text cut where it cites: `[2]` names the second source, where there is one. */
export function cite(text: string, sources: readonly Source[]): Cited[] {
  const pieces: Cited[] = []
  let from = 0
  for (const match of text.matchAll(mark)) {
    const source = sources[Number(match[1]) - 1]
    if (!source) continue
    pieces.push({ text: text.slice(from, match.index), source: null }, { text: match[0], source })
    from = match.index + match[0].length
  }
  return [...pieces, { text: text.slice(from), source: null }].filter(({ text }) => text !== '')
}
