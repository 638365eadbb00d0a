import type { PlanId } from '@jarvis/contracts/plans.ts'
import { eq } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { organisations } from '#ports/database/tables.ts'
import { changesOf } from '#lib/changes-of.ts'
import { createSeats, lock, type SeatsDeps } from './seats.ts'

/**
 * Gives an organisation the seats that its subscription pays for; `free` takes away what a subscription gave, and nothing else. With fewer
 * than are taken, who joined last waits for the next.
 */
export function createBoughtSeats({ db, ...deps }: Pick<Database, 'db'> & SeatsDeps) {
  const { settle } = createSeats(deps)
  return async function setSeats(id: string, plan: PlanId, bought: number): Promise<void> {
    const changed = await db.transaction(async (tx) => {
      const before = await lock(tx, id)
      if (!before || (plan === 'free' && before.seatsSource !== 'stripe')) return []
      const seats = plan === 'free' ? 0 : bought
      const seatsSource = plan === 'free' ? 'none' : 'stripe'
      const details = changesOf({ plan: before.plan, seats: before.seats, seatsSource: before.seatsSource }, { plan, seats, seatsSource })
      if (Object.keys(details).length === 0) return []
      await tx.update(organisations).set({ plan, seats, seatsSource }).where(eq(organisations.id, id))
      await deps.audit(tx, { action: 'organisation.changed', target: id, details: { ...details, source: 'stripe' } })
      return (await settle(tx, { ...before, plan, seats })).changed
    })
    deps.accounts.seats.announce(changed)
  }
}
