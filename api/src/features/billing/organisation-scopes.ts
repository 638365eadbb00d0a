import { inArray, sql } from 'drizzle-orm'
import type { Transaction } from '#ports/database/index.ts'
import { budgetScopes } from '#ports/database/tables.ts'

export type ScopeLimits = { tokensPerCycle?: number | null; ceilingMicroUsd?: number | null }

/** Writes what an organisation or a member may use; what is not given stays, and is no limit where there was none. It acts at the next call. */
export async function putScope(
  tx: Pick<Transaction, 'insert'>,
  kind: 'organisation' | 'member',
  id: string,
  limits: ScopeLimits = {},
): Promise<void> {
  await tx
    .insert(budgetScopes)
    .values({ id, kind, ...limits })
    .onConflictDoUpdate({ target: budgetScopes.id, set: { kind, ...limits } })
}

/** What they used stays in the ledger, and in its sums. */
export async function dropScopes(tx: Pick<Transaction, 'delete'>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.delete(budgetScopes).where(inArray(budgetScopes.id, [...ids]))
}

/** All of an organisation's at once, however many are in it. */
export async function dropScopesOf(tx: Pick<Transaction, 'delete'>, organisationId: string): Promise<void> {
  await tx
    .delete(budgetScopes)
    .where(sql`${budgetScopes.id} = ${organisationId} or ${budgetScopes.id} in (select id from members where organisation_id = ${organisationId})`)
}
