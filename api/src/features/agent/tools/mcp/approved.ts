import { createHash } from 'node:crypto'
import { and, asc, eq, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { storableText } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { mcpTools } from '#ports/database/tables.ts'
import type { McpTool } from '#ports/mcp/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { storableNameOf, toolNameOf } from './mcp-tool.ts'

export const mcpToolApproved = 'mcp.tool-approved'

/** How a server describes a tool, as one line to compare: another word is another tool. */
const fingerprintOf = (tool: McpTool) =>
  createHash('sha256')
    .update(JSON.stringify(sorted(tool)))
    .digest('hex')
    .slice(0, 16)

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}

/**
 * Notes how a server describes its tools and returns those that are approved as they are told. What a server tells the first time is
 * approved with it, by the operator who named it; a tool that changes or comes later waits for an administrator.
 */
export async function approvedOf(
  { db }: Pick<Database, 'db'>,
  server: string,
  tools: readonly McpTool[],
): Promise<{ approved: McpTool[]; waiting: string[] }> {
  if (tools.length === 0) return { approved: [], waiting: [] }
  const told = tools.map((tool) => ({
    name: storableNameOf(tool.name),
    fingerprint: fingerprintOf(tool),
    description: storableText(tool.description.slice(0, 4000)),
  }))
  const { rows } = await db.execute<{ name: string; approved: string | null }>(sql`
    with known as (select exists (select from ${mcpTools} where server = ${server}) as server_known)
    insert into ${mcpTools} as t (server, name, told, approved, description)
    select ${server}, n."name", n."fingerprint", case when not server_known then n."fingerprint" end, n."description"
    from known, jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as n("name" text, "fingerprint" text, "description" text)
    on conflict (server, name) do update set told = excluded.told, description = excluded.description,
      told_at = case when t.told = excluded.told then t.told_at else now() end
    returning name, approved`)
  const approvedFingerprints = new Map(rows.map(({ name, approved }) => [name, approved]))
  const isApproved = (_tool: McpTool, index: number) => approvedFingerprints.get(told[index]!.name) === told[index]!.fingerprint
  return { approved: tools.filter(isApproved), waiting: tools.filter((tool, index) => !isApproved(tool, index)).map(({ name }) => name) }
}

/** `name` is what it is called here, `toldName` what its server calls it. */
export type McpToolEntry = { name: string; toldName: string; fingerprint: string; isApproved: boolean; description: string; toldAt: Date }

export function createMcpApprovals({ db, signals, audit }: Pick<Database, 'db'> & { signals: Pick<Signals, 'publish'>; audit: RecordAudit }) {
  return {
    async list(): Promise<McpToolEntry[]> {
      const rows = await db.select().from(mcpTools).orderBy(asc(mcpTools.server), asc(mcpTools.name))
      return rows.map(({ server, name, told, approved, description, toldAt }) => ({
        name: toolNameOf(server, name),
        toldName: name,
        fingerprint: told,
        isApproved: told === approved,
        description,
        toldAt,
      }))
    },

    /** Approves a tool as it was read, not as it may be told by now; every process offers it within moments. @throws not_found, conflict */
    async approve(fullName: string, fingerprint: string): Promise<void> {
      const [server = ''] = fullName.split('__')
      const ofServer = await db.select({ name: mcpTools.name, told: mcpTools.told }).from(mcpTools).where(eq(mcpTools.server, server))
      const row = ofServer.find(({ name }) => toolNameOf(server, name) === fullName)
      if (!row) throw new AppError('not_found', `There is no MCP tool "${fullName}". "mcp list" names them.`)
      const isTool = and(eq(mcpTools.server, server), eq(mcpTools.name, row.name))
      await db.transaction(async (tx) => {
        const changed = await tx
          .update(mcpTools)
          .set({ approved: fingerprint })
          .where(and(isTool, eq(mcpTools.told, fingerprint)))
          .returning({ name: mcpTools.name })
        if (changed.length === 0)
          throw new AppError(
            'conflict',
            `"${fullName}" has changed since it was read: its fingerprint is now ${row.told}. Read it again with "mcp list".`,
          )
        await audit(tx, { action: 'mcp.tool_approved', target: fullName, details: { fingerprint } })
      })
      signals.publish(mcpToolApproved, server)
    },
  }
}
