import type { AuditEntry, AuditQuery } from '@jarvis/contracts/admin.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { and, asc, desc, eq, getTableColumns, lt, sql } from 'drizzle-orm'
import { createHash, randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { AuditEvent, RecordAudit } from '#lib/audit-event.ts'
import type { Database } from '#ports/database/index.ts'
import { audit } from '#ports/database/tables.ts'

export type Audit = { record: RecordAudit; list(query: z.infer<typeof AuditQuery>): Promise<Page<AuditEntry>>; verify(): Promise<AuditVerdict> }
/** `head` is the hash of the last sound row: who keeps a copy elsewhere sees when the chain was written anew. */
export type AuditVerdict = { ok: boolean; rows: number; head: string | null; firstBadId: number | null }

type AuditRow = typeof audit.$inferSelect

/** One writer at a time, over all processes, so that the chain has no forks. */
const chainLock = 0x6a61_7564
const chainStart = 'jarvis'
const { addressSalt: _salt, addressDigest: _digest, ...told } = getTableColumns(audit)

/**
 * The record of security events. Each row's hash covers the row and the hash before it, so a row that was changed, removed
 * or put in between breaks the chain from there on, and `verify` names it.
 */
export function createAudit({ db }: Pick<Database, 'db'>): Audit {
  return {
    async record(event) {
      await db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(${chainLock})`)
        const [last] = await tx.select({ id: audit.id, hash: audit.hash }).from(audit).orderBy(desc(audit.id)).limit(1)
        const row = toRow(event, (last?.id ?? 0) + 1)
        await tx.insert(audit).values({ ...row, hash: chainHash(row, last?.hash ?? chainStart) })
      })
    },

    /** Newest first. */
    async list({ action, actorId, cursor, limit }) {
      const before = cursor === undefined ? undefined : Number(cursor)
      if (before !== undefined && !Number.isSafeInteger(before)) throw new AppError('invalid_request', 'cursor is not one of this list.')
      const rows = await db
        .select(told)
        .from(audit)
        .where(
          and(
            action === undefined ? undefined : eq(audit.action, action),
            actorId === undefined ? undefined : eq(audit.actorId, actorId),
            before === undefined ? undefined : lt(audit.id, before),
          ),
        )
        .orderBy(desc(audit.id))
        .limit(limit + 1)
      const items = rows.slice(0, limit).map((row) => ({ ...row, at: row.at.toISOString() }))
      return { items, nextCursor: rows.length > limit ? String(items.at(-1)!.id) : null }
    },

    async verify() {
      let rows = 0
      let hash = chainStart
      for (;;) {
        const page = await db
          .select()
          .from(audit)
          .orderBy(asc(audit.id))
          .where(sql`${audit.id} > ${rows}`)
          .limit(1000)
        if (page.length === 0) return { ok: true, rows, head: rows === 0 ? null : hash, firstBadId: null }
        for (const row of page) {
          if (row.id !== rows + 1 || !isOwnAddress(row) || row.hash !== chainHash(row, hash))
            return { ok: false, rows, head: rows === 0 ? null : hash, firstBadId: rows + 1 }
          rows = row.id
          hash = row.hash
        }
      }
    },
  }
}

function toRow(event: AuditEvent, id: number): Omit<AuditRow, 'hash'> {
  return {
    id,
    at: new Date(),
    action: event.action,
    actorId: event.actorId ?? null,
    target: event.target ?? null,
    ...sealed(event.address ?? null),
    requestId: event.requestId ?? null,
    details: event.details ?? {},
  }
}

type Address = Pick<AuditRow, 'address' | 'addressSalt' | 'addressDigest'>

function sealed(address: string | null): Address {
  if (address === null) return { address, addressSalt: null, addressDigest: null }
  const addressSalt = randomBytes(16).toString('base64url')
  return { address, addressSalt, addressDigest: digestOf(addressSalt, address) }
}

/** An erased one is; without its salt nobody finds out what it was. */
function isOwnAddress({ address, addressSalt, addressDigest }: Address): boolean {
  return addressDigest === null || (address === null && addressSalt === null) || digestOf(addressSalt ?? '', address ?? '') === addressDigest
}

const digestOf = (salt: string, address: string) => createHash('sha256').update(`${salt} ${address}`).digest('base64url')

function chainHash(row: Omit<AuditRow, 'hash'>, previous: string): string {
  // PostgreSQL's jsonb does not keep the order of keys, so the hash may not depend on it.
  const details = Object.entries(row.details).sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = [
    previous,
    row.id,
    row.at.toISOString(),
    row.action,
    row.actorId,
    row.target,
    row.addressDigest ?? row.address,
    row.requestId,
    details,
  ]
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url')
}
