import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Writes `parameters.json`: which parameters each simulated route of Stripe takes, read out of the type declarations of the official SDK.
 * Run it after the SDK is updated: `node simulators/stripe/read-parameters.ts`, then `npm run fix`.
 */

const sdk = new URL('../../node_modules/stripe/esm/', import.meta.url)
/** What is simulated, by the SDK's own names. */
const simulated: Record<string, string[]> = {
  Customers: ['create', 'retrieve', 'update', 'del', 'list'],
  Products: ['create', 'retrieve', 'list'],
  Prices: ['create', 'retrieve', 'list'],
  Coupons: ['create', 'retrieve'],
  PromotionCodes: ['create', 'list'],
  'Checkout/Sessions': ['create', 'retrieve', 'list', 'expire'],
  'BillingPortal/Sessions': ['create'],
  Subscriptions: ['create', 'retrieve', 'update', 'cancel', 'list', 'pause', 'resume'],
  Invoices: ['retrieve', 'list'],
  Events: ['retrieve', 'list'],
  Charges: ['retrieve'],
}

/** `members` are of an interface, `alias` is the right side of a type. */
type Declaration = { scope: string[]; members?: Map<string, string>; parents?: string[]; alias?: string }
type Shape = string | { [key: string]: Shape }

const routes: Record<string, Shape> = {}
for (const [resource, methods] of Object.entries(simulated)) {
  const declared = readFileSync(new URL(`resources/${resource}.d.ts`, sdk), 'utf8')
  const code = readFileSync(new URL(`resources/${resource}.js`, sdk), 'utf8')
  const declarations = read(`${readFileSync(new URL('shared.d.ts', sdk), 'utf8')}\n${declared}`)
  for (const [, method = '', verb, , path = ''] of code.matchAll(/^ {4}(\w+)\([^)]*\) \{\n\s+return this\._makeRequest\('(\w+)', (['`])(.+?)\3/gm)) {
    if (!methods.includes(method)) continue
    const params = new RegExp(`^ {4}${method}\\(.*?params\\??: ([\\w.]+)`, 'm').exec(declared)?.[1]
    const route = path.replaceAll(/\$\{encodeURIComponent\((\w+)\)\}/g, ':$1')
    routes[`${verb} ${route}`] = params ? shapeOf(params, [], declarations) : {}
  }
}
writeFileSync(new URL('parameters.json', import.meta.url), `${JSON.stringify(routes, null, 2)}\n`)

/** Every interface and type of a declaration file, by its full name. The files are generated, so that one line is one thing. */
function read(source: string): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  const open: ({ namespace: string } | { members: Map<string, string> } | 'other')[] = []
  const scope = () => open.flatMap((block) => (typeof block === 'object' && 'namespace' in block ? block.namespace.split('.') : []))
  const lines = source.replaceAll(/\/\*[^]*?\*\//g, '').split('\n')
  for (const line of lines) {
    const text = line
      .trim()
      .replace(/^export /, '')
      .replace(/^declare /, '')
    const current = open.at(-1)
    const [, namespace] = /^namespace ([\w.]+) \{/.exec(text) ?? []
    const [, name, parents] = /^interface (\w+)(?: extends ([\w., ]+))? \{/.exec(text) ?? []
    const [, alias, target] = /^type (\w+)(?:<\w+>)? = (.+);$/.exec(text) ?? []
    const [, member, optional, type] = /^'?(\w+)'?(\?)?: (.+?);?$/.exec(text) ?? []
    if (namespace) open.push({ namespace })
    else if (name) {
      const members = new Map<string, string>()
      declarations.set([...scope(), name].join('.'), { scope: [...scope(), name], members, parents: parents?.split(', ') ?? [] })
      open.push({ members })
    } else if (alias) declarations.set([...scope(), alias].join('.'), { scope: scope(), alias: target! })
    else if (member && current && typeof current === 'object' && 'members' in current) current.members.set(member + (optional ? '' : '!'), type!)
    if (!namespace && !name && text.endsWith('{')) open.push('other')
    if (text.startsWith('}')) open.pop()
  }
  return declarations
}

/** A scalar is its name, a choice `a|b`, an object its keys (`!` marks what is required), a list `{"[]": of what}`. */
function shapeOf(type: string, scope: string[], declarations: Map<string, Declaration>): Shape {
  const generic = /^(Array|Emptyable)<(.+)>$/.exec(type)
  if (generic?.[1] === 'Array') return { '[]': shapeOf(generic[2]!, scope, declarations) }
  if (generic) return shapeOf(generic[2]!, scope, declarations)
  if (type === 'MetadataParam' || type === '{') return 'map'
  if (['string', 'number', 'boolean', 'Decimal'].includes(type)) return type.toLowerCase()
  const parts = type.split(' | ').filter((part) => !['OtherString', "''", 'null', 'undefined'].includes(part))
  if (parts.every((part) => part.startsWith("'"))) return parts.map((part) => part.slice(1, -1)).join('|')
  if (parts.length > 1) {
    const shapes = parts.map((part) => shapeOf(part, scope, declarations))
    const whole = shapes.find((shape) => typeof shape === 'object')
    return whole ? { ...whole, '|': 'string' } : 'string'
  }
  const found = scope.map((_, index) => [...scope.slice(0, scope.length - index), type].join('.')).find((name) => declarations.has(name)) ?? type
  const declaration = declarations.get(found)
  if (!declaration) return 'string'
  if (declaration.alias) return shapeOf(declaration.alias, declaration.scope, declarations)
  const inherited = declaration.parents!.map((parent) => shapeOf(parent, declaration.scope, declarations))
  const own = Array.from(declaration.members!, ([key, member]) => [key, shapeOf(member, declaration.scope, declarations)])
  return Object.assign({}, ...inherited, Object.fromEntries(own)) as Shape
}
