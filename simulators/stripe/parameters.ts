import { readFileSync } from 'node:fs'
import { StripeFault } from './fault.ts'

export type Params = { [key: string]: Value }
export type Value = string | Value[] | Params
type Shape = string | { [key: string]: Shape }

const routes = JSON.parse(readFileSync(new URL('parameters.json', import.meta.url), 'utf8')) as Record<string, Shape>
const readers: Record<string, RegExp> = { number: /^-?\d+(\.\d+)?$/, decimal: /^-?\d+(\.\d+)?$/, boolean: /^(true|false)$/, string: /^[^]*$/ }

/** Stripe's form encoding, `a[b][0]=c`, as an object. */
export function parseForm(text: string): Params {
  const root: Params = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const keys = name.split(/\]\[|\[|\]/).filter((key, index) => index === 0 || key !== '')
    let place: Params = root
    for (const [index, key] of keys.entries()) {
      if (index === keys.length - 1) place[key] = value
      else place = (place[key] ??= {}) as Params
    }
  }
  return mapValues(root, listsOf)
}

/** Objects whose keys are 0, 1, 2 … are lists. */
function listsOf(value: Value): Value {
  if (typeof value === 'string') return value
  const items = mapValues(value as Params, listsOf)
  const keys = Object.keys(items)
  return keys.length > 0 && keys.every((key, index) => key === String(index)) ? Object.values(items) : items
}

const mapValues = (record: Params, change: (value: Value) => Value): Params =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

/** What a route takes is read out of the official SDK. @throws StripeFault for what Stripe would not take, as Stripe says it */
export function checkParameters(route: string, params: Params): void {
  check(routes[route]!, params, '')
}

function check(shape: Shape, value: Value, path: string): void {
  if (shape === 'map' || value === '') return
  if (typeof shape === 'string') return checkScalar(shape, value, path)
  if ('[]' in shape) {
    if (!Array.isArray(value)) throw invalid('Invalid array', path)
    for (const [index, item] of value.entries()) check(shape['[]'], item, `${path}[${index}]`)
    return
  }
  if (typeof value === 'string') {
    if ('|' in shape) return
    throw invalid('Invalid object', path)
  }
  const fullName = (key: string) => (path ? `${path}[${key}]` : key)
  const known = new Map(Object.entries(shape).map(([key, inner]) => [key.replace('!', ''), inner]))
  known.delete('|')
  for (const [key, item] of Object.entries(value)) {
    const inner = known.get(key)
    const name = fullName(key)
    if (inner === undefined) throw new StripeFault(400, `Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name })
    check(inner, item, name)
  }
  for (const key of Object.keys(shape)) {
    const name = fullName(key.replace('!', ''))
    if (key.endsWith('!') && !(key.slice(0, -1) in value)) {
      throw new StripeFault(400, `Missing required param: ${name}.`, { code: 'parameter_missing', param: name })
    }
  }
}

function checkScalar(shape: string, value: Value, path: string): void {
  if (typeof value !== 'string') throw invalid('Invalid string', path)
  const reader = readers[shape]
  if (reader && !reader.test(value)) throw invalid(`Invalid ${shape === 'number' ? 'integer' : shape}: ${value}`, path)
  if (!reader && !shape.split('|').includes(value)) throw invalid(`Invalid ${path}: must be one of ${shape.replaceAll('|', ', ')}`, path)
}

const invalid = (message: string, param: string) => new StripeFault(400, message, { param })
