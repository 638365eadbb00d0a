/** What the features of a piece of text add up to, and how many there are. */
export type Sums = { grams: number; gramCount: number; ideas: number; ideaCount: number }

/** Windows of one, three and ten units, as [from, to): an order may be one line, or a story over a page. */
export function windowsOf(units: number): [number, number][] {
  const windows: [number, number][] = []
  for (let i = 0; i < units; i++) windows.push([i, i + 1])
  for (let i = 0; i + 1 < units; i++) windows.push([i, Math.min(units, i + 3)])
  if (units > 3) {
    for (let i = 0; i < units; i += 5) {
      windows.push([i, Math.min(units, i + 10)])
      if (i + 10 >= units) break
    }
  }
  return windows
}

/** Means, not sums: a long text is not worse because it is long. The constants hold back very short ones. */
export const gramShare = (count: number): number => 15 / (count + 100)
export const ideaShare = (count: number): number => 4 / (count + 12)
