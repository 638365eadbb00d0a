import { createHash } from 'node:crypto'
import { and, asc, eq, isNotNull, notInArray, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { storableText } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { mcpTools } from '#ports/database/tables.ts'
import type { McpListing, McpTool } from '#ports/mcp/index.ts'
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
 * Notes how a server describes its tools, and which it lists in vain, and returns those that are approved as they are told. What a server tells
 * the first time is approved with it, by the operator who named it; a tool that changes or comes later waits for an administrator.
 */
export async function approvedOf(
  { db }: Pick<Database, 'db'>,
  server: string,
  { tools, leftOut }: McpListing,
): Promise<{ approved: McpTool[]; waiting: string[] }> {
  const told = tools.map((tool) => ({
    name: storableNameOf(tool.name),
    fingerprint: fingerprintOf(tool),
    description: brief(tool.description),
  }))
  const inVain = new Map(leftOut.map(({ name, reason }) => [storableNameOf(name), { name: storableNameOf(name), reason: brief(reason) }]))
  for (const { name } of told) inVain.delete(name)
  const { rows } = await db.execute<{ name: string; approved: string | null }>(sql`
    with known as (select exists (select from ${mcpTools} where server = ${server}) as server_known)
    insert into ${mcpTools} as t (server, name, told, approved, description)
    select ${server}, n."name", n."fingerprint", case when not server_known then n."fingerprint" end, n."description"
    from known, jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as n("name" text, "fingerprint" text, "description" text)
    on conflict (server, name) do update set told = excluded.told, description = excluded.description, left_out = null,
      told_at = case when t.told = excluded.told then t.told_at else now() end
    returning name, approved`)
  await noteLeftOut({ db }, server, [...inVain.values()])
  const approvedFingerprints = new Map(rows.map(({ name, approved }) => [name, approved]))
  const isApproved = (_tool: McpTool, index: number) => approvedFingerprints.get(told[index]!.name) === told[index]!.fingerprint
  return { approved: tools.filter(isApproved), waiting: tools.filter((tool, index) => !isApproved(tool, index)).map(({ name }) => name) }
}

const brief = (text: string) => storableText(text.slice(0, 4000))

/** A tool that was approved before it was listed in vain stays approved, as it was. */
async function noteLeftOut({ db }: Pick<Database, 'db'>, server: string, leftOut: { name: string; reason: string }[]): Promise<void> {
  const isGone = notInArray(
    mcpTools.name,
    leftOut.map(({ name }) => name),
  )
  await db.delete(mcpTools).where(and(eq(mcpTools.server, server), eq(mcpTools.told, neverTold), isGone))
  await db
    .update(mcpTools)
    .set({ leftOut: null })
    .where(and(eq(mcpTools.server, server), isNotNull(mcpTools.leftOut), isGone))
  if (leftOut.length === 0) return
  await db
    .insert(mcpTools)
    .values(leftOut.map(({ name, reason }) => ({ server, name, told: neverTold, description: '', leftOut: reason })))
    .onConflictDoUpdate({ target: [mcpTools.server, mcpTools.name], set: { leftOut: sql`excluded.left_out` } })
}

/** Stands where a fingerprint would, of a tool that was never listed so that it could be read. */
const neverTold = ''

export type McpToolEntry = {
  name: string
  toldName: string
  fingerprint: string
  isApproved: boolean
  description: string
  /** Why it is not offered, approved or not: its server lists it as no tool can be. */
  leftOut: string | null
  toldAt: Date
}

export function createMcpApprovals({ db, signals, audit }: Pick<Database, 'db'> & { signals: Pick<Signals, 'publish'>; audit: RecordAudit }) {
  return {
    async list(): Promise<McpToolEntry[]> {
      const rows = await db.select().from(mcpTools).orderBy(asc(mcpTools.server), asc(mcpTools.name))
      return rows.map(({ server, name, told, approved, description, leftOut, toldAt }) => ({
        name: toolNameOf(server, name),
        toldName: name,
        fingerprint: told,
        isApproved: told === approved,
        description,
        leftOut,
        toldAt,
      }))
    },

    /** Approves a tool as it was read, not as it may be told by now; every process offers it within moments. @throws not_found, conflict */
    async approve(fullName: string, fingerprint: string): Promise<void> {
      const [server = ''] = fullName.split('__')
      const ofServer = await db
        .select({ name: mcpTools.name, told: mcpTools.told, leftOut: mcpTools.leftOut })
        .from(mcpTools)
        .where(eq(mcpTools.server, server))
      const row = ofServer.find(({ name }) => toolNameOf(server, name) === fullName)
      if (!row) throw new AppError('not_found', `There is no MCP tool "${fullName}". "mcp list" names them.`)
      if (row.leftOut !== null) throw new AppError('conflict', `"${fullName}" cannot be offered as its server lists it: ${row.leftOut}`)
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
