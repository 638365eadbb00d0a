import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { everyRole, type Tool } from '#features/agent/tool.ts'
import type { McpConnection, McpServer, McpTool } from '#ports/mcp/index.ts'

const descriptionCharactersMax = 1000
const schemaTextCharactersMax = 300
const schemaCharactersMax = 20_000
/** Of a text that is cut to far less. */
const readCharactersMax = 20_000
/** What providers take as a tool's name. */
const nameCharactersMax = 64
const defaultTimeoutSeconds = 60

/**
 * A server's tool as one of ours: risky and untrusted unless the operator said otherwise, whatever the server says of itself. Its words are
 * cleaned and cut. Null when it cannot be offered: hidden by the operator, or too large.
 */
export function toTool(server: McpServer, tool: McpTool, call: McpConnection['call'], clean: (text: string) => string): Tool | null {
  const rules = server.tools[tool.name]
  const name = `${server.name}__${tool.name.replace(/[^\w-]/g, '_')}`
  if (rules === null || name.length > nameCharactersMax || JSON.stringify(tool.inputSchema).length > schemaCharactersMax) return null
  const brief = (text: string, charactersMax: number) => clean(text.slice(0, readCharactersMax)).replace(/\s+/g, ' ').trim().slice(0, charactersMax)
  const names = new Set(namesIn(tool.inputSchema))
  return {
    name,
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
      choice: { kind: 'query', ...choiceOf(args, names) },
    }),
    async execute(args, { signal }) {
      const { text, failed } = await call(tool.name, args, signal)
      if (failed) throw new AppError('tool_failed', `The tool failed: ${text.slice(0, 4000)}`)
      return { content: text || 'Done; it said nothing.' }
    },
  }
}

/** The values are words. Each name of the schema that is given is a choice, any other name is words of the model, and so is the end of a list a choice. */
function choiceOf(args: unknown, names: ReadonlySet<string>): { words: string; bits: number } {
  if (typeof args !== 'object' || args === null) return { words: String(args), bits: 1 }
  const parts = Object.entries(args).map(([name, item]) => {
    const { words, bits } = choiceOf(item, names)
    if (Array.isArray(args)) return { words, bits: bits + 1 }
    return names.has(name) ? { words, bits: bits + Math.log2(names.size + 1) } : { words: `${name} ${words}`, bits }
  })
  return { words: parts.map(({ words }) => words).join(' '), bits: parts.reduce((sum, { bits }) => sum + bits, 0) }
}

function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties } = schema as { properties?: unknown }
  const own = typeof properties === 'object' && properties !== null && !Array.isArray(properties) ? Object.keys(properties) : []
  return [...own, ...Object.values(schema).flatMap(namesIn)]
}

/** The server checks its arguments itself: what zod cannot express of a schema is only told to the model. */
function argsOf(schema: Record<string, unknown>, brief: (text: string) => string): z.ZodObject {
  const cleaned = cleanSchema(schema, brief) as Record<string, unknown>
  try {
    const args = z.fromJSONSchema(cleaned)
    if (args instanceof z.ZodObject) return args
  } catch {
    // Not every JSON Schema has a twin.
  }
  const properties = Object.entries((cleaned.properties ?? {}) as Record<string, unknown>)
  return z.looseObject(Object.fromEntries(properties.map(([name, property]) => [name, z.unknown().describe(JSON.stringify(property)).optional()])))
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
