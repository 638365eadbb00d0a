import { type MemberChange, type OrganisationRole } from '@jarvis/contracts/organisations.ts'
import { and, eq, isNull, ne } from 'drizzle-orm'
import type { Accounts } from '#features/accounts/index.ts'
import { dropScopes, putScope } from '#features/billing/index.ts'
import { dropSharesFrom } from '#features/sharing/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import { changesOf } from '#lib/changes-of.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { budgetScopes, members, users } from '#ports/database/tables.ts'
import { createSeats, lock, type OrganisationRow, type Settled } from './seats.ts'
import { noMember, noOrganisation } from './shown.ts'

export type MembersDeps = Pick<Database, 'db'> & { audit: RecordAudit; accounts: Pick<Accounts, 'seats'> }
/** Who does it, what they are in the organisation, and where from. */
export type Actor = { userId: string; role: OrganisationRole; origin: { address?: string; requestId?: string; language?: string | undefined } }
type MemberRow = typeof members.$inferSelect

/** Who is in an organisation, as what, with a seat or without. */
export function createMembers({ db, audit, accounts }: MembersDeps) {
  const { settle } = createSeats({ audit, accounts })

  async function find(tx: Transaction, organisationId: string, userId: string): Promise<MemberRow> {
    const [row] = await tx
      .select()
      .from(members)
      .where(and(eq(members.organisationId, organisationId), eq(members.userId, userId)))
    if (!row) throw noMember()
    return row
  }

  async function locked(tx: Transaction, organisationId: string): Promise<OrganisationRow> {
    const row = await lock(tx, organisationId)
    if (!row) throw noOrganisation()
    return row
  }

  /** Another owner is there who can come in. @throws conflict */
  async function requireOtherOwner(tx: Transaction, { organisationId, userId, role }: MemberRow): Promise<void> {
    if (role !== 'owner') return
    const [other] = await tx
      .select({ id: members.id })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(members.organisationId, organisationId), eq(members.role, 'owner'), ne(members.userId, userId), isNull(users.disabledAt)))
      .limit(1)
    if (!other) throw refusal('conflict.last_owner')
  }

  /** Part of the act of leaving; the row of the organisation is locked. */
  async function takeOut(tx: Transaction, organisation: OrganisationRow, member: MemberRow): Promise<Settled> {
    await tx.delete(members).where(eq(members.id, member.id))
    await dropSharesFrom(tx, organisation.id, member.userId)
    await dropScopes(tx, [member.id])
    await accounts.seats.takeFrom(tx, member.userId)
    const { changed } = await settle(tx, organisation)
    return { changed: [member.userId, ...changed] }
  }

  const act = async (work: (tx: Transaction) => Promise<Settled>): Promise<void> => {
    const { changed } = await db.transaction(work)
    accounts.seats.announce(changed)
  }

  return {
    act,
    find,
    locked,
    requireOtherOwner,
    takeOut,
    settle,

    /** Part of the act of joining; the row of the organisation is locked. @throws conflict for who is in one */
    async add(tx: Transaction, organisation: OrganisationRow, userId: string, role: OrganisationRole): Promise<Settled> {
      const id = newId()
      try {
        await tx.insert(members).values({ id, organisationId: organisation.id, userId, role })
      } catch (error) {
        if (isUniqueViolation(error)) throw refusal('conflict.in_organisation', {}, { cause: error })
        throw error
      }
      await putScope(tx, 'member', id)
      return await settle(tx, organisation)
    },

    /** @throws not_found, forbidden, conflict where no seat is free and for the last owner */
    async change(organisationId: string, userId: string, change: MemberChange, { userId: actorId, role: own, origin }: Actor): Promise<void> {
      const { role, seat, ...share } = change
      const isOwner = own === 'owner'
      if (!isOwner && (role !== undefined || Object.keys(share).length > 0)) throw refusal('forbidden.organisation', { role: 'owner' })
      await act(async (tx) => {
        const organisation = await locked(tx, organisationId)
        const before = await find(tx, organisationId, userId)
        // An admin keeps members, and nobody who may do more.
        if (!isOwner && before.role !== 'member') throw refusal('forbidden.organisation', { role: 'owner' })
        const [scope] = await tx.select().from(budgetScopes).where(eq(budgetScopes.id, before.id))
        if (role !== undefined && role !== 'owner') await requireOtherOwner(tx, before)
        const wished = seat === undefined ? before.seat : !seat ? 'none' : before.seat === 'held' ? 'held' : 'waiting'
        const after = { role: role ?? before.role, seat: wished }
        await tx.update(members).set(after).where(eq(members.id, before.id))
        if (Object.keys(share).length > 0) await putScope(tx, 'member', before.id, defined(share))
        const settled = await settle(tx, organisation)
        const now = await find(tx, organisationId, userId)
        if (seat && now.seat !== 'held') throw refusal('conflict.no_seat', { seats: organisation.seats })
        const shared = { tokensPerCycle: scope?.tokensPerCycle, ceilingMicroUsd: scope?.ceilingMicroUsd }
        const details = changesOf(
          { role: before.role, seat: before.seat, ...shared },
          { role: now.role, seat: now.seat, ...shared, ...defined(share) },
        )
        if (Object.keys(details).length > 0) {
          await audit(tx, { action: 'member.changed', actorId, target: userId, details: { organisation: organisationId, ...details }, ...origin })
        }
        return { changed: [userId, ...settled.changed] }
      })
    },

    /** Of somebody who is being erased, in the transaction that closes the account. Null: they are in none. @throws conflict for the last owner of others */
    async release(tx: Transaction, userId: string): Promise<{ settled: Settled; abandoned: OrganisationRow | null } | null> {
      const [found] = await tx.select({ organisationId: members.organisationId }).from(members).where(eq(members.userId, userId))
      const organisation = found && (await lock(tx, found.organisationId))
      if (!organisation) return null
      const member = await find(tx, organisation.id, userId)
      const isAlone = (await tx.$count(members, eq(members.organisationId, organisation.id))) === 1
      if (!isAlone) await requireOtherOwner(tx, member)
      const details = { organisation: organisation.id, role: `${member.role} → none` }
      await audit(tx, { action: 'member.left', target: userId, details })
      return { settled: await takeOut(tx, organisation, member), abandoned: isAlone ? organisation : null }
    },

    /** For an administrator, where no owner can come in. @throws not_found */
    async makeOwner(tx: Transaction, organisationId: string, userId: string): Promise<string> {
      const before = await find(tx, organisationId, userId)
      await tx.update(members).set({ role: 'owner' }).where(eq(members.id, before.id))
      return `${before.role} → owner`
    },
  }
}

const defined = <Given extends object>(given: Given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [Name in keyof Given]-?: Exclude<Given[Name], undefined> }
