import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { parseJson } from '#lib/parse-json.ts'
import { linesOfFaults } from '#lib/plain-issues.ts'
import type { McpListing, McpOutput, McpTool } from './index.ts'

const Page = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().nullish() })

/** What is used of a tool. Hints, icons and the promise of an output are not, so they may be as they like. */
const ToolShape = z.object({
  name: z.string(),
  title: z.string().nullish(),
  description: z.string().nullish(),
  inputSchema: z.looseObject({ type: z.literal('object').optional(), properties: z.looseObject({}).optional() }),
})

/** One page of a server's tools, each tool read alone. `before` is how many entries came before it. @throws upstream_failed for what is no page */
export function readPage(result: unknown, before: number): McpListing & { cursor: string | undefined } {
  const page = Page.safeParse(result)
  if (!page.success) throw new AppError('upstream_failed', `Its list of tools cannot be read: ${reasonOf(page.error)}`)
  const [tools, leftOut]: [McpTool[], McpListing['leftOut']] = [[], []]
  for (const [index, told] of page.data.tools.entries()) {
    const { data, error } = ToolShape.safeParse(told)
    const name = z.object({ name: z.string() }).safeParse(told).data?.name ?? `(entry ${before + index + 1})`
    if (!data) leftOut.push({ name, reason: reasonOf(error) })
    else if (jsonOf(data.inputSchema) === null) leftOut.push({ name, reason: 'it is nested too deeply' })
    // The schema as it was told: reading makes a new one, without what JavaScript has other uses for.
    else tools.push({ name, title: data.title ?? undefined, description: data.description ?? '', inputSchema: (told as McpTool).inputSchema })
  }
  return { tools, leftOut, cursor: page.data.nextCursor ?? undefined }
}

const ContentPart = z.union([
  z.object({ type: z.literal('text'), text: z.string() }).transform(({ text }) => text),
  z.object({ type: z.literal('resource'), resource: z.object({ text: z.string() }) }).transform(({ resource }) => resource.text),
  z.object({ type: z.literal('resource_link'), uri: z.string() }).transform(({ uri }) => uri),
  z.object({ type: z.string().max(50) }).transform(({ type }) => `[${type}, which cannot be shown]`),
  z.unknown().transform(() => '[a part that cannot be read]'),
])
const Output = z.object({
  content: z.array(ContentPart).nullish(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().nullish().catch(null),
})

/** What a tool answered, part by part. @throws upstream_failed for what is no result */
export function readOutput(result: unknown): McpOutput {
  const { data, error } = Output.safeParse(result)
  if (!data) throw new AppError('upstream_failed', `Its result cannot be read: ${reasonOf(error)}`)
  const { content, structuredContent, isError } = data
  const failed = isError ?? false
  if ((content && content.length > 0) || structuredContent === undefined || structuredContent === null)
    return { text: content?.join('\n') ?? '', failed }
  const text = jsonOf(structuredContent)
  return text === null ? { text: 'The result is nested too deeply to be read.', failed: true } : { text, failed }
}

/** In one line, for an operator: what is wrong, and where. */
const reasonOf = (error: z.ZodError) => linesOfFaults(error, 'it').join('; ')

/** Null for what is nested beyond measure: those who walk it would run out of stack. */
function jsonOf(value: unknown): string | null {
  try {
    const text = JSON.stringify(value)
    parseJson(text)
    return text
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return null
    throw error
  }
}
