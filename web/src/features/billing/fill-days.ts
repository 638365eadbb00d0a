const dayMs = 86_400_000
/** A chart of more days than this would be lines thinner than a pixel. */
const daysMax = 800

/** One figure for each day in UTC from the first to the last, 0 where there is none. Keys are RFC 3339 dates. */
export function fillDays<Item extends { key: string }>(
  items: readonly Item[],
  valueOf: (item: Item) => number,
  first: string,
  last: string,
): { atSeconds: number; value: number }[] {
  const values = new Map(items.map((item) => [item.key, valueOf(item)]))
  const [from, to] = [Date.parse(first), Date.parse(last)]
  const count = Math.min(daysMax, Math.floor((to - from) / dayMs) + 1)
  return Array.from({ length: Math.max(0, count) || 0 }, (_, index) => {
    const at = from + index * dayMs
    return { atSeconds: at / 1000, value: values.get(new Date(at).toISOString().slice(0, 10)) ?? 0 }
  })
}
