import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseSync } from 'oxc-parser'
import { check } from 'recheck'
import { bounds } from './expression-bounds.ts'

/** `source` is null for an expression that is put together while the program runs; `text` is how it stands in the file. */
export type Expression = { path: string; line: number; text: string; source: string | null; flags: string }
/** Undefined when no text makes it slow, else what is known of it. */
export type Prove = (source: string, flags: string) => Promise<string | undefined>

/** There to end a proof that hangs, never to judge one: how far the prover looks is bounded by the size of its automaton. */
const timeoutMs = 300_000
const cachePath = 'node_modules/.cache/expressions.json'

type Node = { type: string; start: number; end: number; [key: string]: unknown }

/** Every regular expression of a file: the literals, and the calls of `RegExp`. */
export function expressionsIn(path: string, text: string): Expression[] {
  const found: Expression[] = []
  const add = ({ start, end }: Node, source: string | null, flags: string) =>
    found.push({ path, line: text.slice(0, start).split('\n').length, text: text.slice(start, end), source, flags })
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (!isNode(node)) return
    if (node.type === 'Literal' && node.regex) {
      const { pattern, flags } = node.regex as { pattern: string; flags: string }
      add(node, pattern, flags)
    }
    const callee = node.callee as { name?: string } | undefined
    if ((node.type === 'NewExpression' || node.type === 'CallExpression') && callee?.name === 'RegExp') add(node, null, '')
    Object.values(node).forEach(visit)
  }
  visit(parseSync(path, text).program)
  return found
}

const isNode = (node: unknown): node is Node => typeof node === 'object' && node !== null

/** One sentence for each expression that is neither proven nor excused, and for each excuse that nothing needs. */
export async function expressionFaults(expressions: Expression[], prove: Prove, excused: Excuses = excuses()): Promise<string[]> {
  const keyOf = ({ path, text }: Expression) => `${path}: ${text}`
  const used = new Set(expressions.map(keyOf))
  const waiting = expressions.filter((expression) => !excused.has(keyOf(expression)))
  const faults: string[] = []
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { path, line, text, source, flags } = next
      const told = source === null ? 'is put together while the program runs, so it cannot be proven' : await prove(source, flags)
      if (told) faults.push(`${path}:${line}: ${text} ${told}. Write it so that it can be proven, or name its bound in scripts/expression-bounds.ts.`)
    }
  }
  await Promise.all([worker(), worker()])
  const idle = [...excused].filter((key) => !used.has(key)).map((key) => `scripts/expression-bounds.ts: there is no ${key} any more.`)
  return [...faults.toSorted(), ...idle]
}

type Excuses = ReadonlySet<string>
const excuses = (): Excuses => new Set(Object.entries(bounds).flatMap(([path, listed]) => listed.map(([expression]) => `${path}: ${expression}`)))

/** By recheck's automaton, which proves; its other checker only searches. */
export const proveLinear: Prove = async (source, flags) => {
  const found = await check(readAround(source), flags, { checker: 'automaton', timeout: timeoutMs })
  if (found.status === 'safe') return undefined
  return found.status === 'vulnerable' ? `takes ${found.complexity.summary} time` : `is not proven (${found.error.kind})`
}

/**
 * The automaton knows no looking around. A look at one character where an alternative begins or ends costs what it costs to read that
 * character, and is proven as such.
 */
export function readAround(source: string): string {
  const atom = String.raw`(?:\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|[^\\[\](){}*+?|^$.])`
  const one = new RegExp(String.raw`^\((\?<=|\?<!|\?=|\?!)(\$\|)?(${atom})\)`)
  let read = ''
  let depth = 0
  for (let at = 0; at < source.length;) {
    const rest = source.slice(at)
    const token = new RegExp(`^${atom}`).exec(rest)?.[0] ?? rest[0]!
    const [whole = '', kind, end = '', character = ''] = one.exec(rest) ?? []
    const begins = read === '' || read.endsWith('|')
    const after = source[at + whole.length]
    if (depth === 0 && (kind === '?<=' || kind === '?<!') && begins) {
      read += kind === '?<=' ? character : `(?:^|${allBut(character)})`
      at += whole.length
    } else if (depth === 0 && (kind === '?=' || kind === '?!') && (after === undefined || after === '|')) {
      read += kind === '?=' ? `(?:${end}${character})` : `(?:$|${allBut(character)})`
      at += whole.length
    } else {
      if (token === '(') depth++
      if (token === ')') depth--
      read += token
      at += token.length
    }
  }
  return read
}

function allBut(character: string): string {
  if (character.startsWith('[^')) return `[${character.slice(2)}`
  return character.startsWith('[') ? `[^${character.slice(1)}` : `[^${character}]`
}

/** What was proven once, under this version of the prover, is not proven again. */
function remembering(prove: Prove): { prove: Prove; keep(): void } {
  const { version } = JSON.parse(readFileSync('node_modules/recheck/package.json', 'utf8')) as { version: string }
  const proven = new Set(readCache())
  return {
    async prove(source, flags) {
      const key = `${version} /${readAround(source)}/${flags}`
      if (proven.has(key)) return undefined
      const told = await prove(source, flags)
      if (told === undefined) proven.add(key)
      return told
    },
    keep() {
      mkdirSync(dirname(cachePath), { recursive: true })
      writeFileSync(cachePath, JSON.stringify([...proven]))
    },
  }
}

function readCache(): string[] {
  try {
    return JSON.parse(readFileSync(cachePath, 'utf8')) as string[]
  } catch {
    return []
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const paths = globSync('{api,client,contracts,web}/src/**/*.{ts,tsx}').filter((path) => !/\.(?:test|fixture)\.tsx?$/.test(path))
  const expressions = paths.flatMap((path) => expressionsIn(path, readFileSync(path, 'utf8')))
  const { prove, keep } = remembering(proveLinear)
  const faults = await expressionFaults(expressions, prove)
  keep()
  for (const fault of faults) console.error(fault)
  // The prover's own process would keep this one alive.
  process.exit(faults.length > 0 ? 1 : 0)
}
