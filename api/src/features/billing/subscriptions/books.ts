import type { PlanId } from '@jarvis/contracts/plans.ts'
import { eq, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { organisations, organisationSubscriptions, subscriptions, users } from '#ports/database/tables.ts'

/** Gives a person the plan that they pay for. `free` takes away only what a subscription gave. @throws not_found */
export type SetPlan = (userId: string, plan: PlanId) => Promise<void>
/** Gives an organisation the seats that it pays for. `free` takes away only what a subscription gave. One that is gone is no failure. */
export type SetSeats = (organisationId: string, plan: PlanId, seats: number) => Promise<void>
export type BooksDeps = Pick<Database, 'db'> & { setPlan: SetPlan; setSeats: SetSeats }
export type Books = ReturnType<typeof createBooks>
export type Book = Books[number]

/** Where it is kept who has which customer and what that is subscribed to, and what follows from it: a person's plan, an organisation's seats. */
export function createBooks({ db, setPlan, setSeats }: BooksDeps) {
  const people = {
    of: 'person',
    table: subscriptions,
    holder: subscriptions.userId,
    give: async (userId: string, plan: PlanId, _quantity: number) => await setPlan(userId, plan),
    /** Who has something else than what is stored: graces that just ended, and what a process that died left half done. */
    async wrong(): Promise<string[]> {
      const rows = await db
        .select({ id: users.id })
        .from(users)
        .leftJoin(subscriptions, eq(subscriptions.userId, users.id))
        .where(
          sql`(${users.planSource} = 'stripe' and ${users.plan} <> coalesce(${subscriptions.plan}, 'free'))
            or (${users.planSource} <> 'stripe' and ${subscriptions.plan} <> 'free')`,
        )
      return rows.map(({ id }) => id)
    },
  } as const
  const { organisationId } = organisationSubscriptions
  const groups = {
    of: 'organisation',
    // The columns are the same, but for whose row it is.
    table: organisationSubscriptions as unknown as typeof subscriptions,
    holder: organisationId as unknown as typeof subscriptions.userId,
    give: setSeats,
    async wrong(): Promise<string[]> {
      const { plan, quantity } = organisationSubscriptions
      const rows = await db
        .select({ id: organisations.id })
        .from(organisations)
        .leftJoin(organisationSubscriptions, eq(organisationId, organisations.id))
        .where(
          sql`(${organisations.seatsSource} = 'stripe' and (${organisations.plan} <> coalesce(${plan}, 'free') or ${organisations.seats} <> coalesce(${quantity}, 0)))
            or (${organisations.seatsSource} <> 'stripe' and ${plan} <> 'free')`,
        )
      return rows.map(({ id }) => id)
    },
  } as const
  return [people, groups] as const
}
