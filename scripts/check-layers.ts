import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export type SourceFile = { path: string; text: string }

const below = ['contracts', 'api/config', 'api/lib', 'api/ports', 'api/http']
const feature = (...names: string[]) => [...below, ...names.map((name) => `api/features/${name}`)]

/** What each part may import of ours besides itself; a `*` is any name. `partOf` says where a file belongs. */
const mayImport: Record<string, string[]> = {
  contracts: [],
  client: ['contracts'],
  'api/config': ['contracts'],
  'api/lib': ['contracts'],
  'api/ports': ['contracts', 'api/config', 'api/lib'],
  // A program of its own, which ports/models starts by the path of its file.
  'api/practice-model': [],
  'api/http': ['contracts', 'api/config', 'api/lib', 'api/ports'],
  'api/features/mail': feature(),
  'api/features/notices': feature(),
  'api/features/push': feature('mail'),
  'api/features/accounts': feature('mail', 'notices', 'push'),
  'api/features/identity': feature('mail', 'accounts'),
  'api/features/scim': feature('mail', 'accounts', 'identity'),
  'api/features/audit': feature(),
  'api/features/sharing': feature(),
  'api/features/files': feature('sharing'),
  'api/features/guard': feature('choices'),
  'api/features/memory': feature(),
  'api/features/router': feature(),
  'api/features/backup': feature(),
  'api/features/choices': feature(),
  'api/features/branding': feature('choices'),
  'api/features/privacy': feature('choices'),
  'api/features/plans': feature('choices', 'billing'),
  'api/features/imports': feature(),
  'api/features/prompts': feature('sharing'),
  'api/features/providers': feature('router'),
  'api/features/runs': feature(),
  'api/features/voice': feature('router', 'v1'),
  'api/features/upkeep': feature(),
  'api/features/billing': feature('accounts'),
  'api/features/organisations': feature('mail', 'accounts', 'billing', 'sharing'),
  'api/features/completions': feature('guard', 'router', 'billing'),
  'api/features/agent': feature('completions'),
  'api/features/chat': feature('accounts', 'audit', 'sharing', 'files', 'guard', 'memory', 'router', 'billing', 'completions', 'agent', 'runs'),
  'api/features/gateway': feature('accounts', 'audit', 'files', 'guard', 'memory', 'router', 'billing', 'completions', 'agent', 'runs', 'chat'),
  'api/features/v1': feature('accounts', 'audit', 'files', 'guard', 'memory', 'router', 'billing', 'completions', 'agent', 'runs', 'chat'),
  'api/features/admin': feature('accounts', 'audit', 'billing', 'guard'),
  'api/app': [...below, 'api/features/*'],
  'api/main': ['contracts', 'api/config', 'api/lib', 'api/app'],
  'web/words': ['contracts'],
  'web/lib': ['contracts', 'client', 'web/words'],
  'web/ui': ['web/words'],
  'web/features/*': ['contracts', 'web/words', 'web/lib', 'web/ui'],
  'web/app': ['contracts', 'web/words', 'web/lib', 'web/ui', 'web/features/*'],
}

const contractsPackages = /^(zod|@ag-ui\/core)(\/|$)/
const isTest = (path: string) => /\.(test|fixture)\.tsx?$/.test(path)

/** The middle file's length: above it, files hold two ideas. Lint stops the longest at 400. */
const medianLinesMax = 65
/** One sentence for each import, and each reader of the environment, that breaks a rule of ARCHITECTURE.md. */
export function checkLayers(files: SourceFile[]): string[] {
  const faults = files.flatMap((file) => [
    ...checkEnvironment(file),
    ...importsOf(file.text).flatMap((specifier) => checkImport(file.path, specifier)),
  ])
  return [...new Set(faults)]
}

/** What the domain may not know is known by `edge.ts`, and by files that edges alone import. */
export function checkDomain(files: SourceFile[]): string[] {
  const product = files.filter(({ path }) => !isTest(path))
  const importers = new Map<string, string[]>()
  for (const { path, text } of product) {
    for (const target of importsOf(text).map((specifier) => resolve(path, specifier))) {
      if (target !== undefined) importers.set(target, [...(importers.get(target) ?? []), path])
    }
  }
  const edges = new Set(product.map(({ path }) => path).filter((path) => /^api\/src\/features\/[^/]+\/edge\.ts$/.test(path)))
  for (let before = -1; before < edges.size;) {
    before = edges.size
    for (const { path } of product) {
      const by = importers.get(path) ?? []
      if (path.startsWith('api/src/features/') && by.length > 0 && by.every((importer) => edges.has(importer))) edges.add(path)
    }
  }
  return product
    .filter(({ path, text }) => path.startsWith('api/src/features/') && !edges.has(path) && importsOf(text).some(isOfHttp))
    .map(({ path }) => `${path} knows HTTP: only a feature's edge.ts does, and files that edges alone import.`)
}

const isOfHttp = (specifier: string) => /^(#http\/|fastify|@fastify\/|ws$)/.test(specifier)

/**
 * The build of the web app takes the schemas out of the contracts (`web/vite/slim-contracts.ts`), by their names, which begin with a capital:
 * the page may use their types, and would find nothing in their place.
 */
export function checkSchemas(files: SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.startsWith('web/src/') && !isTest(path) && !path.endsWith('/test-page.tsx'))
    .flatMap(({ path, text }) => {
      const zod = importsOf(text).some((specifier) => /^zod(\/|$)/.test(specifier)) ? [`${path} imports zod: the server validates.`] : []
      return [...zod, ...schemasIn(text).map((name) => `${path} imports the schema ${name}: the page may use its type alone.`)]
    })
}

function schemasIn(text: string): string[] {
  const values = /^\s*(?:import|export)\s+(?!type\b)([^'"]*?)\s+from\s+['"]@jarvis\/contracts\/[^'"]+['"]/gm
  return Array.from(text.matchAll(values), ([, names = '']) => names)
    .flatMap((names) => (names.startsWith('*') ? ['*'] : names.replace(/[{}]/g, '').split(',')))
    .map((name) => name.trim())
    .filter((name) => name === '*' || /^[A-Z]/.test(name))
}

export function checkLengths(files: SourceFile[]): string[] {
  const lengths = files
    .filter(({ path }) => !isTest(path))
    .map(({ text }) => text.split('\n').length - 1)
    .sort((one, other) => one - other)
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0
  return median > medianLinesMax ? [`The middle file has ${median} lines, more than ${medianLinesMax}: split those that hold two ideas.`] : []
}

function checkEnvironment({ path, text }: SourceFile): string[] {
  const mayRead = !path.startsWith('api/src/') || path === 'api/src/config.ts' || isTest(path)
  return mayRead || !text.includes('process.env') ? [] : [`${path} reads process.env: only api/src/config.ts does; pass it what it needs.`]
}

function checkImport(path: string, specifier: string): string[] {
  const target = resolve(path, specifier)
  const part = partOf(path)
  if (target === undefined) {
    const allowed = part !== 'contracts' || isTest(path) || contractsPackages.test(specifier)
    return allowed ? [] : [`${path} imports ${specifier}: contracts may use only zod and @ag-ui/core.`]
  }
  const other = partOf(target)
  if (isTest(path) && ['simulators', 'api/test'].includes(other)) return []
  if (other === 'simulators') return [`${path} imports ${specifier}: the product never uses a simulator.`]
  if (specifier.startsWith('..')) return [`${path} imports ${specifier}: across folders write '#folder/file.ts'.`]
  if (other === part) return []

  const allowed = mayImport[part] ?? mayImport[part.replace(/[^/]+$/, '*')]
  if (!allowed) return [`${path} belongs to ${part}, which the table in scripts/check-layers.ts does not know.`]
  if (!allowed.includes(other) && !allowed.includes(other.replace(/[^/]+$/, '*')))
    return [`${path} imports ${specifier}: ${part} may not use ${other}.`]
  if (part === 'api/app' && /^api\/src\/features\/[^/]+\/edge\.ts$/.test(target)) return []
  if (other.startsWith('api/features/') && !/^api\/src\/features\/(?:[^/]+|agent\/tools)\/index\.ts$/.test(target)) {
    return [`${path} imports ${specifier}: a feature is reached through its index.ts, and its edge.ts by app.ts alone.`]
  }
  return []
}

function importsOf(text: string): string[] {
  const statement = /^\s*(?:import|export)\s+(?:[\w$*{},\s]+?\s+from\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  return Array.from(text.matchAll(statement), (match) => match[1] ?? match[2]!)
}

/** The file an import leads to, from the root; undefined for a package. */
function resolve(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(path), specifier)
  if (specifier.startsWith('#')) return join(path.split('/')[0]!, 'src', specifier.slice(1))
  const ours = /^@jarvis\/([^/]+)\/(.*)$/.exec(specifier)
  return ours ? join(ours[1]!, 'src', ours[2]!) : undefined
}

function partOf(path: string): string {
  const [workspace, src, folder = '', name = ''] = path.split('/')
  if (workspace === 'contracts' || workspace === 'client' || workspace === 'simulators') return workspace
  if (src !== 'src') return `${workspace}/${src}`
  if (folder === 'features') return `${workspace}/features/${name}`
  // What lies in src itself puts the rest together: app, and the commands of the CLI.
  const isTop = workspace === 'web' ? !['words', 'lib', 'ui'].includes(folder) : !['config.ts', 'main.ts'].includes(folder) && /\.tsx?$/.test(folder)
  return isTop ? `${workspace}/app` : `${workspace}/${folder.replace('.ts', '')}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const paths = globSync('{contracts,client,api,web}/src/**/*.{ts,tsx}')
  const files = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  const faults = [...checkLayers(files), ...checkDomain(files), ...checkSchemas(files), ...checkLengths(files)]
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}
