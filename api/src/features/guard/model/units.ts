/** A sentence, line, cell or value of a text: the smallest piece that the model reads by itself, as [start, end). */
export type Unit = { start: number; end: number }

const unitMax = 320
/** Within a line, a piece shorter than this goes with the next. */
const pieceMin = 40

const boundary = /\n|[.!?]["')\]]{0,3}\s|[。！？।]|["'] ?[,:}\]]|>|<!--| \| /g

export function splitUnits(text: string): Unit[] {
  const units: Unit[] = []
  let start = 0
  const close = (end: number) => {
    while (end - start > unitMax) {
      const space = text.lastIndexOf(' ', start + unitMax)
      const cut = space > start + unitMax / 2 ? space + 1 : start + unitMax
      units.push({ start, end: cut })
      start = cut
    }
    if (end > start) units.push({ start, end })
    start = end
  }
  for (const match of text.matchAll(boundary)) {
    const end = match.index + match[0].length
    if (match[0] === '\n' || end - start >= pieceMin) close(end)
  }
  close(text.length)
  return units
}
