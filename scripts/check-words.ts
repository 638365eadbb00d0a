import { globSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseSync } from 'oxc-parser'
import { sentences, limits } from '../contracts/src/sentences.ts'
import type { SourceFile } from './check-layers.ts'

type Node = { type: string; start: number; [field: string]: unknown }
type Forms = Record<string, string>
export type Catalog = {
  words: Record<string, string | Forms>
  sentences: Record<string, string>
  limits: Record<string, string>
  letters: Record<string, string>
}

/** Languages whose newest words may be missing: what they lack is English on the page, and listed by this check. */
export const following: readonly string[] = []
/** Tables of signs. */
const wordless = /look-alikes\.ts$/

/** The first argument, and of those that count the third: what is asked of a catalogue. */
const sayers: Record<string, number> = { say: 0, sayWith: 0, sayCount: 2, sayCountWith: 2 }
/** Attributes that nobody reads. */
const silent =
  /^(?:key|id|name|type|role|to|rel|target|href|src|d|fill|dir|lang|look|align|side|value|accept|sandbox|autoComplete|inputMode|enterKeyHint|viewBox|.*[cC]lass(?:Name)?|stroke.*|preserve.*|data-.*|aria-(?:live|current|controls|autocomplete|haspopup|sort|orientation))$/
/** Names that are the same in every language. */
const names =
  /^(?:Jarvis|Free|Pro|Enterprise|Bearer|Latin|Anthropic|OpenAI|OpenRouter|Google Gemini|Azure OpenAI|Groq|DeepSeek|Mistral|Ollama|Edge|Opera|Firefox|Chrome|Safari|Android|iPhone|iPad|Windows|Mac|Linux|Ctrl|Alt|Shift|Enter|Esc|Del|Home|UTC|[A-Z]+[A-Z0-9_]*)$/
/** What begins as a sentence does, or ends as one. */
const isSaid = (words: string, text = words.trim()) =>
  !names.test(text) &&
  /^(?:\p{Lu}[\p{L}’]*(?:[ ,.:;…?!—-]|$)|[\p{L}\p{N}“].* .*[.…?!]$)/u.test(text) &&
  /\p{Ll}/u.test(text) &&
  !/^\p{Lu}\w*\p{Lu}/u.test(text)

/** Of an identifier; what is none has no name. */
function nameOf(node: unknown): string {
  const name = (node as { name?: unknown } | undefined)?.name
  return typeof name === 'string' ? name : ''
}

export type Said = { keys: Set<string>; literals: Set<string>; faults: string[] }

/** What a file asks of the catalogues, and what it says by itself. */
export function wordsOf({ path, text }: SourceFile, isKey: (text: string) => boolean): Said {
  const said: Said = { keys: new Set(), literals: new Set(), faults: [] }
  const at = (node: Node) => `${path}:${text.slice(0, node.start).split('\n').length}`
  const fault = (node: Node, words: string) => said.faults.push(`${at(node)} says “${words.trim().replace(/\s+/g, ' ')}” by itself: say('…') it.`)
  const visit = (value: unknown, above: readonly Node[], field: string): void => {
    if (Array.isArray(value)) return value.forEach((one) => visit(one, above, field))
    if (typeof value !== 'object' || value === null || typeof (value as Node).type !== 'string') return
    const node = value as Node
    if (/^(?:Import|Export(?:All)|TSTypeA|TSInterface|TSLiteral|TSTypeP|TSUnion|TSPropertySignature)/.test(node.type)) return
    const inFunction = above.some(({ type }) => /Function|PropertyDefinition/.test(type))
    const parent = above.at(-1)
    // For who reads the code, or the console.
    if (/^(?:Error|lazyRouteComponent)$/.test(nameOf(node['callee']))) return
    if (node.type === 'CallExpression') {
      const place = sayers[nameOf(node['callee'])]
      const args = node['arguments'] as Node[]
      if (place !== undefined && args[place]) {
        if (!inFunction) said.faults.push(`${at(node)} says something before the language is known: ask for it in a function.`)
        const key = args[place]
        if (key.type === 'Literal') said.keys.add(String(key['value']))
        return args.filter((arg) => arg.type !== 'Literal').forEach((arg) => visit(arg, [...above, node], 'arguments'))
      }
    }
    if (node.type === 'JSXText' && /\p{L}/u.test(String(node['value'])) && !names.test(String(node['value']).trim()))
      fault(node, String(node['value']))
    if (node.type === 'Literal' && typeof node['value'] === 'string') {
      const words = node['value']
      said.literals.add(words)
      const attribute = parent?.type === 'JSXAttribute' ? nameOf(parent['name']) : undefined
      const isName = parent?.type === 'BinaryExpression' || (parent?.type === 'Property' && field === 'key') || parent?.type === 'TSLiteralType'
      if (attribute === undefined ? !isName && isSaid(words) : !silent.test(attribute) && isSaid(words)) {
        // A table beside the code may hold keys, typed as such; what shows them says them.
        if (attribute !== undefined || inFunction || !isKey(words)) fault(node, words)
        else said.keys.add(words)
      }
    }
    if (node.type === 'TemplateLiteral') {
      const words = (node['quasis'] as Node[]).map((quasi) => (quasi['value'] as { cooked: string }).cooked)
      const attribute = above.findLast(({ type }) => type === 'JSXAttribute')
      const isSilent = attribute !== undefined && silent.test(nameOf(attribute['name']))
      if (
        !isSilent &&
        words.some((part) => !names.test(part.trim().replace(/:$/, '')) && (/(?:^| )\p{L}+[’\p{L}]* [\p{L}]/u.test(part) || isSaid(part.trim())))
      )
        fault(node, words.join('…'))
    }
    for (const [name, child] of Object.entries(node)) if (name !== 'parent') visit(child, [...above, node], name)
  }
  visit(parseSync(path, text).program, [], '')
  return said
}

const gapsOf = (text: string) => [...text.matchAll(/\{\w+\}|<\/?\w+>/g)].map(([gap]) => gap)

/** What is wrong with a catalogue, a sentence each: `keys` are what the page says, `counted` of these by number. */
export function catalogFaults(
  tag: string,
  catalog: Catalog,
  said: ReadonlySet<string>,
  counted: ReadonlySet<string>,
  alsoUsed: ReadonlySet<string>,
): string[] {
  const where = `contracts/src/words/${tag}.json`
  const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories
  const faults = [...said].filter((key) => !Object.hasOwn(catalog.words, key)).map((key) => `${where} has no words for “${key}”.`)
  for (const [key, words] of Object.entries(catalog.words)) {
    if (!said.has(key) && !alsoUsed.has(key)) {
      faults.push(`${where}: nothing says “${key}”.`)
      continue
    }
    if (counted.has(key) !== (typeof words === 'object'))
      faults.push(`${where}: “${key}” ${counted.has(key) ? 'needs a form for each of ' + forms.join(', ') : 'is not counted: one text is enough'}.`)
    if (typeof words === 'object' && Object.keys(words).sort().join() !== [...forms].sort().join())
      faults.push(`${where}: “${key}” needs the forms ${forms.join(', ')}.`)
    for (const text of typeof words === 'object' ? Object.values(words) : [words]) faults.push(...gapFaults(where, key, key, text))
  }
  for (const [table, english] of Object.entries({ sentences, limits })) {
    const own = catalog[table as 'sentences' | 'limits']
    for (const [key, text] of Object.entries(english)) {
      if (!Object.hasOwn(own, key)) faults.push(`${where} has no ${table}.${key}.`)
      else faults.push(...gapFaults(where, `${table}.${key}`, text, own[key]!))
    }
    for (const key of Object.keys(own)) if (!Object.hasOwn(english, key)) faults.push(`${where}: there is no ${table}.${key} any more.`)
  }
  const sorted = Object.keys(catalog.words).toSorted((a, b) => (a < b ? -1 : 1))
  if (sorted.join('\n') !== Object.keys(catalog.words).join('\n')) faults.push(`${where}: its words are not in order of their characters.`)
  return faults
}

/** The same of what letters say, of which `said` is asked for. That each is one of German's is typed. */
export function letterFaults(tag: string, { letters }: Pick<Catalog, 'letters'>, said: ReadonlySet<string>): string[] {
  const where = `contracts/src/words/${tag}.json`
  const missing = [...said].filter((key) => !Object.hasOwn(letters, key)).map((key) => `${where} has no letters.“${key}”.`)
  const over = Object.keys(letters)
    .filter((key) => !said.has(key))
    .map((key) => `${where}: nothing says letters.“${key}”.`)
  return [...missing, ...over, ...Object.entries(letters).flatMap(([key, text]) => gapFaults(where, key, key, text))]
}

/** A form of a number may leave the number out, as “one file” does. */
function gapFaults(where: string, key: string, english: string, text: string): string[] {
  const [wanted, found] = [gapsOf(english), gapsOf(text)]
  const missing = wanted.filter((gap) => gap !== '{n}' && !found.includes(gap))
  const foreign = found.filter((gap) => !wanted.includes(gap))
  return [...missing.map((gap) => `${where}: “${key}” lost ${gap}.`), ...foreign.map((gap) => `${where}: “${key}” has ${gap}, which nothing fills.`)]
}

/** The keys that are asked for by number. */
const countedIn = (text: string) =>
  Array.from(text.matchAll(/sayCount(?:With)?\(\s*[^'"`]*?,\s*(?:'((?:[^'\\]|\\.)*)'|"[^"]*"),\s*'((?:[^'\\]|\\.)*)'/g), ([, , many]) =>
    many!.replaceAll("\\'", "'"),
  )

/** Of what is there, where something else is only missing or left over. */
const isWrong = (fault: string) => !/^\S+(?: has no |: nothing says |: there is no )/.test(fault)

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const read = (path: string) => ({ path, text: readFileSync(path, 'utf8') })
  const catalogs = new Map(
    globSync('contracts/src/words/*.json').map((path) => [
      path.slice(-7).replace(/^.*\/|\.json$/g, ''),
      JSON.parse(readFileSync(path, 'utf8')) as Catalog,
    ]),
  )
  const german = catalogs.get('de')!
  const files = globSync('web/src/**/*.{ts,tsx}')
    .filter((path) => !wordless.test(path) && !/\.test\.tsx?$|\/test-|\.fixture\./.test(path))
    .toSorted()
    .map(read)
  const all = files.map((file) => ({ ...wordsOf(file, (text) => Object.hasOwn(german.words, text)), file }))
  const keys = new Set(all.flatMap(({ keys }) => [...keys]))
  const counted = new Set(files.flatMap(({ text }) => countedIn(text)))
  const literals = new Set(all.flatMap(({ literals }) => [...literals]))
  const server = globSync('{api,client}/src/**/*.ts')
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  const alsoUsed = new Set(Object.keys(german.words).filter((key) => literals.has(key) || server.includes(`'${key}'`)))
  const inLetters = new Set(Object.keys(german.letters).filter((key) => server.includes(`'${key}'`)))
  const faults = [
    ...all.flatMap(({ faults }) => faults),
    ...[...catalogs].flatMap(([tag, catalog]) => letterFaults(tag, catalog, inLetters)),
    ...[...catalogs].flatMap(([tag, catalog]) =>
      catalogFaults(tag, catalog, keys, counted, alsoUsed).filter((fault) => !following.includes(tag) || isWrong(fault)),
    ),
  ]
  for (const tag of following) {
    const lacking = [...keys].filter((key) => !Object.hasOwn(catalogs.get(tag)!.words, key)).length
    if (lacking > 0) process.stdout.write(`contracts/src/words/${tag}.json lacks ${lacking} of ${keys.size} sentences.\n`)
  }
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  if (faults.length > 0) process.exitCode = 1
}
