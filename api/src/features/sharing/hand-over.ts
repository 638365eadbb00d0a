import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { SharedKind } from '@jarvis/contracts/sharing.ts'
import { and, inArray } from 'drizzle-orm'
import type { RecordAudit } from '#lib/audit-event.ts'
import { newId } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { groupShares } from '#ports/database/tables.ts'
import { sharesFrom, sharesOf } from './shares.ts'

type Heir = { id: string; plan: PlanId }
/** Gives an heir a copy of somebody's thing, and returns its id; null where there is none any more. */
type Copy = (ownerId: string, id: string, heir: Heir, signal: AbortSignal) => Promise<string | null>
export type HandOverDeps = { copies: Record<SharedKind, Copy>; heirOf(userId: string): Promise<Heir> }
type Given = { organisationId: string; ownerId: string; heirId: string; actorId: string; origin: { address?: string; requestId?: string } }

/**
 * Of each thing that somebody shares in an organisation an owner of it gets a copy, which is shared in its place; the thing itself stays its
 * person's. What is handed over stays so when a later one fails: to ask again goes on with the rest.
 */
export function createHandOver({ db, audit, copies, heirOf }: Pick<Database, 'db'> & { audit: RecordAudit } & HandOverDeps) {
  return async function handOver({ organisationId, ownerId, heirId, actorId, origin }: Given, signal: AbortSignal): Promise<void> {
    const heir = await heirOf(heirId)
    const theirs = sharesFrom(organisationId, ownerId)
    const shared = await db.selectDistinct({ kind: groupShares.kind, id: groupShares.thingId }).from(groupShares).where(theirs)
    for (const { kind, id } of shared) {
      const copyId = await copies[kind](ownerId, id, heir, signal)
      await db.transaction(async (tx) => {
        const rows = await tx
          .select()
          .from(groupShares)
          .where(and(theirs, sharesOf(kind, id)))
          .for('update')
        if (rows.length === 0) return
        const shares = copyId === null ? [] : rows.map((row) => ({ ...row, id: newId(), thingId: copyId, ownerId: heirId }))
        // An heir who has the same bytes may share them already.
        if (shares.length > 0) await tx.insert(groupShares).values(shares).onConflictDoNothing()
        const old = rows.map((row) => row.id)
        await tx.delete(groupShares).where(inArray(groupShares.id, old))
        if (copyId === null) return
        const details = { organisation: organisationId, kind, from: ownerId, to: heirId }
        await audit(tx, { action: 'share.handed_over', actorId, target: copyId, details, ...origin })
      })
    }
  }
}
