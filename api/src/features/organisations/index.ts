import type { Organisation, OrganisationRole } from '@jarvis/contracts/organisations.ts'
import { and, eq } from 'drizzle-orm'
import type { Accounts } from '#features/accounts/index.ts'
import { dropScopesOf, putScope } from '#features/billing/index.ts'
import type { Sharing } from '#features/sharing/index.ts'
import type { Outbox } from '#features/mail/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { members, organisations } from '#ports/database/tables.ts'
import { createAdministered } from './administered.ts'
import { createBudget } from './budget.ts'
import { createGroups } from './groups.ts'
import { createMemberInvitations } from './invitations.ts'
import { createLeaving } from './leaving.ts'
import { createLetters } from './letters.ts'
import { type Actor, createMembers } from './members.ts'
import { lock } from './seats.ts'
import { createShown, noOrganisation } from './shown.ts'

export { createBoughtSeats } from './bought.ts'
export type { Actor } from './members.ts'
export type OrganisationsDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  accounts: Pick<Accounts, 'seats'>
  outbox: Pick<Outbox, 'isDelivered' | 'post' | 'send'>
  sharing: Pick<Sharing, 'handOver'>
  publicUrl: string
  /** Its subscription, when it goes. */
  payments: { retireOrganisation(tx: Transaction, id: string): Promise<string[]>; endCustomers(ids: string[]): Promise<void> }
  log: Log
}
export type Organisations = ReturnType<typeof createOrganisations>

/**
 * People who work together, on one bill. Each person is in one at most, and each organisation has an owner who can come in. A seat gives its
 * plan, and has what the member does paid for by the organisation; who has none keeps all that is theirs, and pays for themself.
 */
export function createOrganisations({ db, audit, accounts, outbox, sharing, publicUrl, payments, log }: OrganisationsDeps) {
  const { announce } = accounts.seats
  const people = createMembers({ db, audit, accounts })
  const shown = createShown({ db })
  const invitations = createMemberInvitations({ db, audit, outbox, publicUrl, add: people.add, announce })
  const budget = createBudget({ db, audit })

  /** The row is locked. Its members stay in Jarvis. Returns them, and whose subscription is to be ended. */
  async function dissolve(tx: Transaction, id: string): Promise<{ ended: string[]; customers: string[] }> {
    const ended = await tx.update(members).set({ seat: 'none' }).where(eq(members.organisationId, id)).returning({ userId: members.userId })
    await accounts.seats.apply(tx, id)
    await dropScopesOf(tx, id)
    const customers = await payments.retireOrganisation(tx, id)
    await tx.delete(organisations).where(eq(organisations.id, id))
    return { ended: ended.map(({ userId }) => userId), customers }
  }

  return {
    budget,
    invitations,
    groups: createGroups({ db, audit }),
    members: {
      list: shown.members,
      one: shown.member,
      change: people.change,
      remove: createLeaving({ db, audit, people, handOver: sharing.handOver }),
    },
    administered: createAdministered({ db, audit, people, announce }),
    compose: createLetters(invitations.ofLetter, publicUrl),

    /** For the door. */
    async roleIn(userId: string, organisationId: string): Promise<OrganisationRole | null> {
      const [found] = await db
        .select({ role: members.role })
        .from(members)
        .where(and(eq(members.userId, userId), eq(members.organisationId, organisationId)))
      return found?.role ?? null
    },

    of: shown.of,
    one: shown.one,

    /** @throws conflict for who is in one */
    async create(name: string, { userId, origin }: Pick<Actor, 'userId' | 'origin'>): Promise<Organisation> {
      const id = newId()
      await db.transaction(async (tx) => {
        const [row] = await tx.insert(organisations).values({ id, name }).returning()
        await putScope(tx, 'organisation', id)
        await people.add(tx, row!, userId, 'owner')
        await audit(tx, { action: 'organisation.created', actorId: userId, target: id, ...origin })
      })
      announce([userId])
      return await shown.one(userId, id)
    },

    /** @throws not_found */
    async rename(id: string, name: string, { userId, origin }: Actor): Promise<Organisation> {
      await db.transaction(async (tx) => {
        const before = await lock(tx, id)
        if (!before) throw noOrganisation()
        await tx.update(organisations).set({ name }).where(eq(organisations.id, id))
        // Names are people's words: the audit says that it changed, and has none.
        const isOther = name !== before.name
        if (isOther) await audit(tx, { action: 'organisation.renamed', actorId: userId, target: id, ...origin })
      })
      return await shown.one(userId, id)
    },

    /** @throws not_found */
    async remove(id: string, { userId, origin }: Actor): Promise<void> {
      const { ended, customers } = await db.transaction(async (tx) => {
        const before = await lock(tx, id)
        if (!before) throw noOrganisation()
        const gone = await dissolve(tx, id)
        const details = { members: gone.ended.length, seats: `${before.seats} → 0`, plan: `${before.plan} → none` }
        await audit(tx, { action: 'organisation.deleted', actorId: userId, target: id, details, ...origin })
        return gone
      })
      announce(ended)
      // The sweep tries again.
      await payments
        .endCustomers(customers)
        .catch((error: unknown) => log.warn({ err: error }, 'the subscription of a deleted organisation is not ended yet'))
    },

    /**
     * For the erasure of a person, in the transaction that closes the account: they leave, and an organisation that has nobody else goes.
     * Returns who is to be told after the commit. @throws conflict for the last owner of others
     */
    async release(tx: Transaction, userId: string): Promise<string[]> {
      const released = await people.release(tx, userId)
      if (!released) return []
      const { settled, abandoned } = released
      if (abandoned) {
        await dissolve(tx, abandoned.id)
        await audit(tx, { action: 'organisation.deleted', target: abandoned.id, details: { members: 0 } })
      }
      return settled.changed.filter((id) => id !== userId)
    },

    /** For the export. */
    exportOf: async (userId: string) => (await shown.of(userId))[0] ?? null,
  }
}
