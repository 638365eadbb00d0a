import type { AuditEntry, AuditExportQuery, AuditQuery } from '@jarvis/contracts/admin.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { type SQL, sql } from 'drizzle-orm'
import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { cursorAt, numberOfCursor } from '#lib/cursor.ts'
import type { AuditEvent, RecordAlone, RecordAudit } from '#lib/audit-event.ts'
import type { Log } from '#lib/log.ts'
import { storableJson, storableText } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { audit, auditOutbox } from '#ports/database/tables.ts'
import { exportAudit } from './export.ts'
import { startLinker } from './linker.ts'
import { type AuditVerdict, digestOf, verifyChain } from './verify.ts'

export type Audit = {
  record: RecordAudit
  recordAlone: RecordAlone
  list(query: z.infer<typeof AuditQuery>): Promise<Page<AuditEntry>>
  /** All that fits, line by line, the newest first. */
  export(query: z.infer<typeof AuditExportQuery>): AsyncIterable<string>
  verify(): Promise<AuditVerdict>
  /** Links what acts have recorded, in this process or another, until it is disposed of; then once more. */
  startLinker(log: Log): AsyncDisposable
}

const rowsPerBatch = 500

/**
 * The record of security events. An act writes its event into an outbox, in its own transaction: no row, no act, and nobody waits for anybody.
 * One linker at a time then puts the rows at the end of a chain: each row's hash covers the row and the hash before it, so a row that was
 * changed, removed or put in between breaks the chain from there on, and `verify` names it.
 */
export function createAudit({ db }: Pick<Database, 'db'>): Audit {
  const record: RecordAudit = async (tx, event) => void (await tx.execute(insertOf(event)))

  /** Returns how many; 0 also while another process links. */
  async function link(): Promise<number> {
    const { rows } = await db.execute<{ linked: number }>(sql`select link_audit(${rowsPerBatch}) as linked`)
    return rows[0]!.linked
  }

  /** A reader sees all that has been recorded, as far as it can be linked now. */
  async function linkAll(): Promise<void> {
    while ((await link()) === rowsPerBatch);
  }

  /** Newest first. What is not linked yet comes before everything else, under the number that it would have now. */
  async function list({ cursor, limit, ...filters }: z.infer<typeof AuditQuery>): Promise<Page<AuditEntry>> {
    const before = cursor === undefined ? null : numberOfCursor('audit', cursor)
    await linkAll()
    // The first part ends by the primary key: the limit is inside as well, so that no more than a page is read of a long table.
    const matches = sql`${fits(filters)} and (${before}::bigint is null or id < ${before})`
    const columns = sql`action, actor_id as "actorId", target, address, request_id as "requestId", details`
    const { rows } = await db.execute<Omit<AuditEntry, 'at'> & { at: string }>(sql`
      with pending as (
        select o.*, (select coalesce(max(id), 0) from ${audit}) + row_number() over (order by o.id) as number from ${auditOutbox} o),
      waiting as (
        select number as id, at, action, actor_id, target, address, request_id, details, null::text as hash, true as pending from pending)
      (select id::float8, at, ${columns}, hash, pending from waiting where ${matches} order by id desc limit ${limit + 1})
      union all
      (select id::float8, at, ${columns}, hash, false from ${audit} where ${matches} order by id desc limit ${limit + 1})
      order by id desc limit ${limit + 1}`)
    const items = rows.slice(0, limit).map((row) => ({ ...row, at: new Date(row.at).toISOString() }))
    return { items, nextCursor: rows.length > limit ? cursorAt('audit', items.at(-1)!.id) : null }
  }

  return {
    record,
    recordAlone: (event) => record(db, event),

    list,
    export: (query) => exportAudit(list, query),

    async verify() {
      await linkAll()
      return await verifyChain({ db })
    },

    startLinker: (log) => startLinker({ link, rowsPerBatch, log }),
  }
}

/** A filter that is absent is no condition. */
function fits({ action, actorId, person, from, to, q }: Omit<z.infer<typeof AuditQuery>, 'cursor' | 'limit'>): SQL {
  const conditions = [
    action === undefined ? [] : sql`action = ${action}`,
    actorId === undefined ? [] : sql`actor_id = ${actorId}::uuid`,
    person === undefined ? [] : sql`(actor_id = ${person}::uuid or target = ${person} or details->>'owner' = ${person})`,
    from === undefined ? [] : sql`at >= ${from}::timestamptz`,
    to === undefined ? [] : sql`at < ${to}::timestamptz`,
    q === undefined ? [] : sql`position(lower(${q}) in lower(concat_ws(' ', action, target, address, request_id, details::text))) > 0`,
  ].flat()
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
}

/** A CTE that records an event if there is a row in `first`: for an act that is one statement, `with first as (…)`. */
export const audited = (event: AuditEvent): SQL => sql`audited as (${insertOf(event)} from first)`

// A model chose the name and the id of a tool's call.
function insertOf(event: AuditEvent): SQL {
  const { action, actorId = null, target = null, address = null, requestId = null, details = {} } = event
  const { salt, digest } = sealOf(address)
  return sql`
    insert into ${auditOutbox} (action, actor_id, target, address, address_salt, address_digest, request_id, details)
    select ${action}, ${actorId}::uuid, ${target === null ? null : storableText(target)}, ${address}, ${salt}, ${digest}, ${requestId},
      ${storableJson(details)}::jsonb`
}

function sealOf(address: string | null): { salt: string | null; digest: string | null } {
  if (address === null) return { salt: null, digest: null }
  const salt = randomBytes(16).toString('base64url')
  return { salt, digest: digestOf(salt, address) }
}
