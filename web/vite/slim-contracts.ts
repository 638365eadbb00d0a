import type { Plugin } from 'vite'

type Node = { type: string; start: number; end: number; [field: string]: unknown }
type Place = { start: number; end: number; text: string }

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
const childrenOf = (node: Node) => Object.values(node).flat().filter(isNode)
const nameOf = (node: unknown) => (isNode(node) && node.type === 'Identifier' ? String(node['name']) : undefined)

/** `z` of `z.object({ … }).optional()`. */
function rootOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'CallExpression') return rootOf(node['callee'])
  if (node.type === 'MemberExpression') return rootOf(node['object'])
  return nameOf(node)
}

/** `text(200).trim()`, a schema that contracts make by a function. */
const isText = (node: unknown): boolean =>
  isNode(node) &&
  (node.type === 'CallExpression'
    ? nameOf(node['callee']) === 'text' || isText(node['callee'])
    : node.type === 'MemberExpression' && isText(node['object']))

/**
 * Takes out of the contracts what a browser does not need of them: each schema becomes `z` (which stands for nothing there, see no-zod.ts), and
 * an endpoint keeps its method and url. It costs 9 kB otherwise, before anything can be read.
 */
export function slimContracts(): Plugin {
  return {
    name: 'jarvis:slim-contracts',
    transform: {
      filter: { id: /\/contracts\/src\/[a-z-]+\.ts$/, code: /from ['"]zod['"]/ },
      handler(code) {
        const program = this.parse(code) as unknown as Node
        return { code: without(code, placesIn(program)), map: null }
      },
    },
  }
}

function placesIn(program: Node): Place[] {
  const schemas = new Set(['z', ...importedSchemas(program)])
  const places: Place[] = []
  const visit = (node: Node) => {
    if (node.type === 'CallExpression' && (isText(node) || schemas.has(rootOf(node) ?? ''))) return places.push({ ...node, text: 'z' })
    if (node.type === 'ObjectExpression') for (const place of describedIn(node)) places.push(place)
    for (const child of childrenOf(node)) if (!places.some(({ start, end }) => start <= child.start && child.end <= end)) visit(child)
    const name = node.type === 'VariableDeclarator' && nameOf(node['id'])
    if (name && schemas.has(rootOf(node['init']) ?? '')) schemas.add(name)
  }
  visit(program)
  return places
}

/** By their names: what is no schema begins with a small letter. */
const importedSchemas = (program: Node) =>
  childrenOf(program)
    .filter(({ type, source }) => type === 'ImportDeclaration' && String((source as Node)['value']).startsWith('./'))
    .flatMap(childrenOf)
    .map(({ local }) => nameOf(local) ?? '')
    .filter((name) => /^[A-Z]/.test(name))

function describedIn(object: Node): Place[] {
  const properties = childrenOf(object).filter(({ type }) => type === 'Property')
  const named = new Map(properties.map((property) => [nameOf(property['key']), property]))
  if (!named.has('method') || !named.has('url')) return []
  return ['config', 'schema'].flatMap((name) => {
    const property = named.get(name)
    return property ? [{ start: property.start, end: property.end, text: '' }] : []
  })
}

const without = (code: string, places: readonly Place[]) =>
  places
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: instead }) => text.slice(0, start) + instead + text.slice(end).replace(instead ? '' : /^\s*,/, ''), code)
