import { eq, sql } from 'drizzle-orm'
import type { Accounts } from '#features/accounts/index.ts'
import { planTokens, putScope } from '#features/billing/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Transaction } from '#ports/database/index.ts'
import { organisations } from '#ports/database/tables.ts'

export type OrganisationRow = typeof organisations.$inferSelect
export type SeatsDeps = { audit: RecordAudit; accounts: Pick<Accounts, 'seats'> }
/** For whom something changed: to be told after the commit. */
export type Settled = { changed: string[] }

/** Every change of who is in it waits for the one before: no two see the same free seat, or the same last owner. */
export async function lock(tx: Pick<Transaction, 'select'>, organisationId: string): Promise<OrganisationRow | undefined> {
  const [row] = await tx.select().from(organisations).where(eq(organisations.id, organisationId)).for('update')
  return row
}

/** Who has a seat, and what follows from it: the plan of each member, and what the organisation may use. */
export function createSeats({ audit, accounts }: SeatsDeps) {
  return {
    /** After any change of seats or members. Owners come first, then those who have one, then who joined first. */
    async settle(tx: Transaction, { id, plan, seats }: OrganisationRow): Promise<Settled> {
      const { rows } = await tx.execute<{ user_id: string; before: string; after: string }>(sql`
        with ranked as (
          select id, seat as before, row_number() over (order by role <> 'owner', seat <> 'held', joined_at, id) as place
          from members where organisation_id = ${id} and seat <> 'none')
        update members m set seat = case when place <= ${seats} then 'held' else 'waiting' end
        from ranked r where r.id = m.id and m.seat <> case when place <= ${seats} then 'held' else 'waiting' end
        returning m.user_id, r.before, m.seat as after`)
      for (const { user_id: target, before, after } of rows) {
        await audit(tx, { action: 'organisation.seat_moved', target, details: { organisation: id, seat: `${before} → ${after}` } })
      }
      await putScope(tx, 'organisation', id, { tokensPerCycle: seats * (await planTokens(tx, plan)) })
      const changed = await accounts.seats.apply(tx, id)
      return { changed: [...new Set([...changed, ...rows.map(({ user_id }) => user_id)])] }
    },
  }
}
