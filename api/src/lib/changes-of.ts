/** `name: old → new` of each fact that differs; facts are what JSON can say. */
export function changesOf(before: object, after: object): Record<string, string> {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return Object.fromEntries(
    names.flatMap((name) => (say(old[name]) === say(now[name]) ? [] : [[name, `${say(old[name])} → ${say(now[name])}`] as const])),
  )
}

function say(value: unknown): string {
  if (value === undefined || value === null) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(inOrder(value))
}

/** PostgreSQL has an order of its own for what is in an object. */
const inOrder = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value
