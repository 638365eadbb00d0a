import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { ClientFrame, socketWho } from '../contracts/src/socket.ts'
import { type Audited, commandsAudited, framesAudited, jobsAudited, routesAudited, toolsAudited } from '../api/src/audited.ts'
import { describeRoutes, describeTools } from '../api/src/describe-api.ts'
import type { SourceFile } from './check-layers.ts'

/** One thing that somebody may do: what it is called, who may, and what it leaves in the audit. Undefined: nobody has said. */
export type Right = { kind: string; name: string; who: string | undefined; audited: Audited | undefined }

/** A sentence for each right that does not say who may, or what it leaves; for each line that is about nothing, and each action that nothing writes. */
export function rightFaults(rights: readonly Right[], lines: Record<string, readonly string[]>, written: ReadonlySet<string>): string[] {
  const names = (kind: string) => new Set(rights.filter((right) => right.kind === kind).map(({ name }) => name))
  return [
    ...rights.flatMap(({ kind, name, who, audited }) => [
      ...(who ? [] : [`The ${kind} ${name} does not say who may: give it a rule of authority.`]),
      ...(audited === undefined || audited.length === 0
        ? [`The ${kind} ${name} does not say what it leaves in the audit: give it a line in api/src/audited.ts.`]
        : []),
      ...(Array.isArray(audited) ? (audited as string[]) : [])
        .filter((action) => !written.has(action))
        .map((action) => `The ${kind} ${name} is to leave ${action}, which nothing writes.`),
    ]),
    ...Object.entries(lines).flatMap(([kind, told]) =>
      told.filter((name) => !names(kind).has(name)).map((name) => `${name} is no ${kind} any more: take its line out of api/src/audited.ts.`),
    ),
  ]
}

/** Names of jobs that some process works on: what stands there, or what the constant of the same file says. */
export function jobsIn(files: readonly SourceFile[]): string[] {
  const found = files.flatMap(({ text }) =>
    Array.from(text.matchAll(/\bjobs\.work\(\s*(?:'([\w-]+)'|([^,\s)]+))/g), ([, literal, name]) => {
      const said = literal ?? constantOf(text, name!)
      return (said ?? `${name} (which no constant says)`).replace(/-$/, '')
    }),
  )
  return [...new Set(found)]
}

const constantOf = (text: string, name: string) =>
  Array.from(text.matchAll(/\bconst (\w+) = ['`]([\w-]+)/g)).find(([, constant]) => constant === name)?.[2]

/** Names of the operator's commands. */
export function commandsIn(text: string): string[] {
  const [, body = ''] = /\bconst commands\b.* = \{\n([\s\S]*?)\n\}\n/.exec(text) ?? []
  return Array.from(body.matchAll(/^ {2}(?:'([a-z -]+)'|([a-z]+)):/gm), ([, quoted, bare]) => (quoted ?? bare)!)
}

/** What may be an action: text with a point in it, or what is said to be one. */
const actionsIn = (files: readonly SourceFile[]) =>
  new Set(files.flatMap(({ text }) => text.match(/(?<=')[a-z_]+\.[a-z_]+(?=')|(?<=\baction: ')[a-z_]+(?=')/g) ?? []))

const isRead = (method: string) => method === 'GET' || method === 'OPTIONS'
const isOfApi = (url: string) => /^\/(api|v1|scim|mcp)\b/.test(url)
const reading = 'It reads.'

async function rightsOf(files: readonly SourceFile[], cli: string): Promise<Right[]> {
  const routes = (await describeRoutes()).filter(({ method, url }) => !isRead(method) && isOfApi(url))
  const toolFiles = files.filter(({ path }) => path.startsWith('api/src/features/agent/tools/'))
  const defined = toolFiles.flatMap(({ text }) => text.match(/\bdefineTool\(/g) ?? []).length
  const tools = describeTools()
  return [
    ...routes.map(({ method, url, who }) => ({
      kind: 'route',
      name: `${method} ${url}`,
      who: who.join(', '),
      audited: routesAudited[`${method} ${url}`],
    })),
    ...ClientFrame.options.map(({ shape }) => {
      const name = shape.type.value
      return { kind: 'frame', name, who: name === 'hello' ? 'anyone' : socketWho.join(', '), audited: framesAudited[name] }
    }),
    ...tools.map(({ name, risk, roles, plans }) => ({
      kind: 'tool',
      name,
      who: roles.length > 0 && plans.length > 0 ? `${roles.join(', ')} · ${plans.join(', ')}` : undefined,
      audited: toolsAudited[risk],
    })),
    // One that is defined and not listed is one that nobody looked at.
    ...(defined === tools.length
      ? []
      : [{ kind: 'tool', name: `(${defined} are defined, ${tools.length} described)`, who: undefined, audited: reading }]),
    ...jobsIn(files).map((name) => ({ kind: 'job', name, who: jobsAudited[name]?.for, audited: jobsAudited[name]?.audited })),
    ...commandsIn(cli).map((name) => ({ kind: 'command', name, who: 'operator', audited: commandsAudited[name] })),
  ]
}

const titles = { route: 'Routes that may change something', frame: 'Frames of the socket', tool: 'Tools', job: 'Jobs', command: 'Commands' }
const columnsMax = 120

/** The page that is printed of it. */
export function rightsPage(rights: readonly Right[]): string {
  const told = (audited: Audited = '') => (typeof audited === 'string' ? audited : audited.map((action) => `\`${action}\``).join(', '))
  const parts = Object.entries(titles).map(([kind, title]) => {
    const lines = rights
      .filter((right) => right.kind === kind)
      .map(({ name, who = 'nobody', audited }) => wrapped(`- \`${name}\` · ${who} → ${told(audited)}`))
    return [`## ${title}`, '', ...lines].join('\n')
  })
  return `${lead}\n\n${parts.join('\n\n')}\n`
}

/** As the formatter has it. */
function wrapped(line: string): string {
  const lines: string[] = []
  for (const word of line.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columnsMax) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(last === undefined ? word : `  ${word}`)
  }
  return lines.join('\n')
}

const lead = `# Who may do what, and what is left of it

Made by \`node scripts/check-rights.ts --write\`. Without \`--write\` it fails when this page is not fresh, and when a
route, a frame, a tool, a job or a command has no rule of authority or no line in \`api/src/audited.ts\`. Who may read is
in [the protocol](protocol.md#who-may-call-what), where the words for who are explained; of a tool they are roles and
plans, of a job for whom it works. Whose a thing is, is decided where it is looked up: another's answers like one that
does not exist.`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const paths = globSync('api/src/**/*.ts').filter((path) => !/\.(test|fixture)\.ts$/.test(path))
  const files = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  const rights = await rightsOf(files, readFileSync('api/src/cli.ts', 'utf8'))
  const lines = {
    route: Object.keys(routesAudited),
    frame: Object.keys(framesAudited),
    job: Object.keys(jobsAudited),
    command: Object.keys(commandsAudited),
  }
  const faults = rightFaults(rights, lines, actionsIn(files.filter(({ path }) => path !== 'api/src/audited.ts')))
  const page = rightsPage(rights)
  if (process.argv.includes('--write')) writeFileSync('docs/authority.md', page)
  else if (readFileSync('docs/authority.md', 'utf8') !== page) faults.push('docs/authority.md is not fresh: node scripts/check-rights.ts --write.')
  for (const fault of faults) console.error(fault)
  // Of what a library keeps open nothing is waited for.
  process.exit(faults.length > 0 ? 1 : 0)
}
