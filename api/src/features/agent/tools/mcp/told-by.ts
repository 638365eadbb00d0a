/** What a call tells its server: its texts, each by itself, and in bits how they are put together. */
type Told = { words: string[]; bits: number }

const bitsOf = (share: number) => -Math.log2(share)
/** What a value is; texts are the most likely by far. Their shares add up to one. */
const kinds = { text: 0.7, number: 0.06, list: 0.05, object: 0.05, '""': 0.04, true: 0.04, false: 0.04, null: 0.02 }
const listGoesOn = 0.5
/** Of an argument that has to be given, in the order of the schema, while one is due; then of the end. */
const asDue = 0.9
const endTooEarly = 0.02
const endInTime = 0.8

/**
 * Arguments in a prefix code: at each place the shares of all that might stand there add up to one, so that no agreement of a server and the
 * model tells more by how arguments are put together than the bits say. A name that is not in the schema is a text of the model's own.
 */
export function toldBy(args: Record<string, unknown>, schema: Record<string, unknown>): Told {
  const names = new Set(namesIn(schema))
  const required = Array.isArray(schema.required) ? schema.required.filter((name): name is string => names.has(name as string)) : []
  return ofObject(args, names, required)
}

function ofObject(value: object, names: ReadonlySet<string>, required: readonly string[]): Told {
  const due = new Set(required)
  const told: Told[] = Object.entries(value).map(([name, item]) => {
    const [next] = due
    const others = (1 - (due.size > 0 ? asDue + endTooEarly : endInTime)) / (names.size + 1)
    const bits = bitsOf(name === next ? asDue : others)
    due.delete(name)
    return joined([{ words: names.has(name) ? [] : [name], bits }, ofValue(item, names)])
  })
  return joined([...told, { words: [], bits: bitsOf(due.size > 0 ? endTooEarly : endInTime) }])
}

function ofValue(value: unknown, names: ReadonlySet<string>): Told {
  const as = (kind: keyof typeof kinds, words: string[] = []): Told => ({ words, bits: bitsOf(kinds[kind]) })
  if (typeof value === 'string') return value === '' ? as('""') : as('text', [value])
  if (Array.isArray(value)) {
    const items = value.map((item) => joined([{ words: [], bits: bitsOf(listGoesOn) }, ofValue(item, names)]))
    return joined([as('list'), ...items, { words: [], bits: bitsOf(1 - listGoesOn) }])
  }
  if (typeof value === 'object' && value !== null) return joined([as('object'), ofObject(value, names, [])])
  if (value === true || value === false || value === null) return as(`${value}`)
  return as('number', [JSON.stringify(value)])
}

const joined = (all: readonly Told[]): Told => ({ words: all.flatMap(({ words }) => words), bits: all.reduce((sum, { bits }) => sum + bits, 0) })

function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties } = schema as { properties?: unknown }
  const own = typeof properties === 'object' && properties !== null && !Array.isArray(properties) ? Object.keys(properties) : []
  return [...own, ...Object.values(schema).flatMap(namesIn)]
}
