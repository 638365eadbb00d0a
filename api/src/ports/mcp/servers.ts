import { readFileSync } from 'node:fs'
import { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { z } from 'zod'
import { parseJson } from '#lib/parse-json.ts'
import { linesOfFaults } from '#lib/plain-issues.ts'

/** What the operator says of one tool; null hides it. */
const ToolRules = z.strictObject({
  risk: z.enum(['read', 'write', 'act']).optional(),
  untrusted: z.boolean().optional(),
  roles: z.array(Role).min(1).optional(),
  plans: z.array(PlanId).min(1).optional(),
  timeoutSeconds: z.int().min(1).max(600).optional(),
})

const shared = {
  roles: z.array(Role).min(1).optional(),
  plans: z.array(PlanId).min(1).optional(),
  tools: z.record(z.string(), ToolRules.nullable()).default({}),
}

const Server = z.discriminatedUnion('transport', [
  z.strictObject({
    transport: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).default({}),
    ...shared,
  }),
  z.strictObject({
    transport: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    /** All that it gets of an environment besides PATH, HOME and the like. */
    env: z.record(z.string(), z.string()).default({}),
    ...shared,
  }),
])
/** The name stands in front of its tools: files__read. */
const ServersFile = z.record(z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be lower case letters, digits and dashes, at most 20'), Server)

export type McpServer = z.infer<typeof Server> & { name: string }

/** Reads the operator's file. @throws Error whose message has one line for each fault */
export function readMcpServers(file: string): McpServer[] {
  let json: unknown
  try {
    json = parseJson(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`is not JSON: ${(cause as Error).message.split('\n', 1)[0]}`, { cause })
  }
  const parsed = ServersFile.safeParse(json)
  if (parsed.success) return Object.entries(parsed.data).map(([name, server]) => ({ ...server, name }))
  throw new Error(linesOfFaults(parsed.error, 'the file').join('\n'))
}
