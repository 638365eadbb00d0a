import { createHash } from 'node:crypto'
import { asc, getTableColumns, gt, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { audit, auditOutbox } from '#ports/database/tables.ts'
import { chainStart, type ChainedRow, recipes } from './recipes.ts'

/**
 * `head` is the hash of the last row before the first bad one: a copy that is kept elsewhere shows when the chain was written anew. `unknown`
 * is how many rows a newer version wrote, by a recipe that this one does not have: they are neither sound nor broken. `pending` are not in the
 * chain yet.
 */
export type AuditVerdict = {
  ok: boolean
  rows: number
  head: string | null
  firstBadId: number | null
  unknown: number
  firstUnknownId: number | null
  pending: number
}

const rowsPerPage = 1000
const { outboxId: _outboxId, ...columns } = getTableColumns(audit)

/** Walks the chain from its start. */
export async function verifyChain({ db }: Pick<Database, 'db'>): Promise<AuditVerdict> {
  const verdict: AuditVerdict = { ok: true, rows: 0, head: null, firstBadId: null, unknown: 0, firstUnknownId: null, pending: 0 }
  verdict.pending = await db.$count(auditOutbox)
  for (;;) {
    const page: ChainedRow[] = await db
      .select({ ...columns, detailsText: sql<string>`${audit.details}::text` })
      .from(audit)
      .orderBy(asc(audit.id))
      .where(gt(audit.id, verdict.rows))
      .limit(rowsPerPage)
    if (page.length === 0) return { ...verdict, ok: verdict.unknown === 0 }
    for (const row of page) {
      const recipe = recipes[row.recipe]
      const isNext = row.id === verdict.rows + 1
      if (!isNext || (recipe && (!isOwnAddress(row) || row.hash !== recipe(row, verdict.head ?? chainStart)))) {
        return { ...verdict, ok: false, firstBadId: verdict.rows + 1 }
      }
      if (!recipe) {
        verdict.unknown++
        verdict.firstUnknownId ??= row.id
      }
      verdict.rows = row.id
      verdict.head = row.hash
    }
  }
}

/** An erased one is; without its salt nobody finds out what it was. */
function isOwnAddress({ recipe, address, addressSalt, addressDigest }: ChainedRow): boolean {
  // Before there were digests, the chain held the address itself.
  if (addressDigest === null) return recipe === 1 || address === null
  return (address === null && addressSalt === null) || digestOf(addressSalt ?? '', address ?? '') === addressDigest
}

export const digestOf = (salt: string, address: string) => createHash('sha256').update(`${salt} ${address}`).digest('base64url')
