import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { storableText } from '#lib/storable.ts'
import { everyRole, type Tool } from '#features/agent/tool.ts'
import type { McpConnection, McpServer, McpTool } from '#ports/mcp/index.ts'
import { toldBy } from './told-by.ts'

const descriptionCharactersMax = 1000
const schemaTextCharactersMax = 300
const schemaCharactersMax = 20_000
const longArgumentsMax = 40
/** Of a text that is cut to far less. */
const readCharactersMax = 20_000
/** What providers take as a tool's name. */
const nameCharactersMax = 64
const defaultTimeoutSeconds = 60

/** A name that the database cannot hold stands there as JSON writes it. */
export const storableNameOf = (name: string) => (storableText(name) === name ? name : JSON.stringify(name))

/**
 * What a server's tool is called here: as providers take names. One that has to be changed for that carries a mark of its own name, so that
 * two never become one, and what was allowed to one is never another's.
 */
export function toolNameOf(server: string, toldName: string): string {
  const name = storableNameOf(toldName)
  const plain = `${server}__${name}`
  const cleaned = plain.replace(/[^\w-]/g, '_')
  if (name !== '' && cleaned === plain && plain.length <= nameCharactersMax) return plain
  const mark = `_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
  return cleaned.slice(0, nameCharactersMax - mark.length) + mark
}

/**
 * A server's tool as one of ours: risky and untrusted unless the operator said otherwise, whatever the server says of itself. Its words are
 * cleaned and cut. Null when the operator hides it.
 */
export function toTool(server: McpServer, tool: McpTool, call: McpConnection['call'], clean: (text: string) => string): Tool | null {
  const rules = Object.hasOwn(server.tools, tool.name) ? server.tools[tool.name] : undefined
  if (rules === null) return null
  const brief = (text: string, charactersMax: number) =>
    clean(text.slice(0, readCharactersMax))
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .slice(0, charactersMax)
      .toWellFormed()
  return {
    name: toolNameOf(server.name, tool.name),
    server: server.name,
    title: `${server.name}: ${brief(tool.title ?? tool.name, 60)}`,
    description: `Of the MCP server "${server.name}", which says of it: ${brief(tool.description, descriptionCharactersMax)}`,
    args: argsOf(tool.inputSchema, (text) => brief(text, schemaTextCharactersMax)),
    risk: rules?.risk ?? 'act',
    untrusted: rules?.untrusted ?? true,
    roles: rules?.roles ?? server.roles ?? everyRole,
    plans: rules?.plans ?? server.plans ?? ['enterprise'],
    timeoutSeconds: rules?.timeoutSeconds ?? defaultTimeoutSeconds,
    outputCharactersMax: 20_000,
    leaves: (args) => ({
      to: server.transport === 'http' ? new URL(server.url).host : server.name,
      content: JSON.stringify(args),
      choice: { kind: 'query', ...toldBy(args, tool.inputSchema) },
    }),
    async execute(args, { signal }) {
      const { text, failed } = await call(tool.name, args, signal)
      if (failed) throw new AppError('tool_failed', `The tool failed: ${text.slice(0, 4000)}`)
      return { content: text || 'Done; it said nothing.' }
    },
  }
}

/** The server checks its arguments itself: what zod cannot express of a schema, or what is too long, is only told to the model. */
function argsOf(schema: Record<string, unknown>, brief: (text: string) => string): z.ZodObject {
  const cleaned = cleanSchema(schema, brief) as Record<string, unknown>
  const isLong = JSON.stringify(cleaned).length > schemaCharactersMax
  try {
    const args = isLong ? null : z.fromJSONSchema(cleaned)
    if (args instanceof z.ZodObject) return args
  } catch {
    // Not every JSON Schema has a twin.
  }
  const properties = Object.entries((cleaned.properties ?? {}) as Record<string, unknown>)
  // Of what is too long to be told each argument is told in its beginning, and further ones are not told; they are taken all the same.
  const told = isLong ? properties.slice(0, longArgumentsMax) : properties
  const inWords = (property: unknown) => (isLong ? JSON.stringify(property).slice(0, schemaTextCharactersMax) : JSON.stringify(property))
  return z.looseObject(Object.fromEntries(told.map(([name, property]) => [name, z.unknown().describe(inWords(property)).optional()])))
}

/**
 * Only what says what an argument is: no examples, defaults or comments, which are free text too. A pattern is told to the model, and not
 * tried: one that the server made could hold this process up for ever.
 */
function cleanSchema(value: unknown, brief: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => cleanSchema(item, brief))
  if (typeof value !== 'object' || value === null) return value
  const told: Record<string, unknown> = { ...value }
  if (typeof told.pattern === 'string')
    told.description = [told.description, `Matches ${told.pattern}`].filter((part) => typeof part === 'string').join(' ')
  const kept = Object.entries(told).filter(([key, item]) => !(untold.has(key) && !isSchema(item)))
  return Object.fromEntries(
    kept.map(([key, item]) => [key, ['description', 'title'].includes(key) && typeof item === 'string' ? brief(item) : cleanSchema(item, brief)]),
  )
}

const untold = new Set(['examples', 'default', '$comment', '$schema', 'pattern', 'patternProperties'])

/** Beneath `properties` any of those words may be an argument's name. */
const isSchema = (item: unknown) => typeof item === 'object' && item !== null && ('type' in item || '$ref' in item || 'anyOf' in item)
