import { isDeepStrictEqual } from 'node:util'
import { and, asc, eq, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { createOutsidePeople } from '#features/accounts/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { scimMembers, scimPeople, users } from '#ports/database/tables.ts'
import { type FilterColumns, filterToSql } from './filter.ts'
import { scimGone, scimTaken } from './scim-error.ts'
import type { ScimUser } from './user-resource.ts'

export type ScimPerson = { row: typeof scimPeople.$inferSelect; email: string; isDisabled: boolean }
/** Who asks: a token. */
export type By = { tokenId: string; address: string; requestId: string }
export type Query = { filter: string | undefined; startIndex: number; count: number }
/** What is done once the change stands: sessions that ended, and whether the account is to be active. */
export type Kept = { userId: string; ended: string[]; active: boolean | null }
type Reading = Pick<Transaction, 'select' | '$count'>

export type ScimPeopleDeps = Pick<Database, 'db'> & { audit: RecordAudit; people: ReturnType<typeof createOutsidePeople> }

const live = isNull(scimPeople.deletedAt)

/** The people whom a directory keeps. Each function takes part in the caller's transaction. */
export function createScimPeople({ db, audit, people }: ScimPeopleDeps) {
  const read = (tx: Reading, where: SQL | undefined) =>
    tx
      .select({ row: scimPeople, email: users.email, disabledAt: users.disabledAt })
      .from(scimPeople)
      .innerJoin(users, eq(users.id, scimPeople.userId))
      .where(and(live, where))
  const toPerson = ({ row, email, disabledAt }: Awaited<ReturnType<typeof read>>[number]): ScimPerson => ({
    row,
    email,
    isDisabled: disabledAt !== null,
  })
  const note = (tx: Transaction, action: string, target: string, { tokenId, address, requestId }: By, details: Record<string, string> = {}) =>
    audit(tx, { action, actorId: null, target, details: { source: 'scim', token: tokenId, ...details }, address, requestId })

  async function requireFree(tx: Transaction, { userName, externalId }: ScimUser, userId: string | null): Promise<void> {
    const isOther = userId === null ? undefined : ne(scimPeople.userId, userId)
    const taken = async (where: SQL) => (await tx.$count(scimPeople, and(where, isOther))) > 0
    if (await taken(eq(scimPeople.userNameKey, userName.toLowerCase()))) throw scimTaken('userName')
    if (externalId !== null && (await taken(eq(scimPeople.externalId, externalId)))) throw scimTaken('externalId')
  }

  const columnsOf = ({ userName, externalId, attributes }: ScimUser) => ({
    userNameKey: userName.toLowerCase(),
    externalId,
    attributes,
    deletedAt: null,
  })

  return {
    /** @throws ScimError */
    async get(tx: Reading, userId: string): Promise<ScimPerson> {
      const [found] = await read(tx, eq(scimPeople.userId, userId))
      if (!found) throw scimGone()
      return toPerson(found)
    },

    /** One change of a person at a time. @throws ScimError */
    async lock(tx: Transaction, userId: string): Promise<ScimPerson> {
      await tx.select({ id: scimPeople.userId }).from(scimPeople).where(eq(scimPeople.userId, userId)).for('update')
      return await this.get(tx, userId)
    },

    async list({ filter, startIndex, count }: Query): Promise<{ total: number; people: ScimPerson[] }> {
      const where = filter === undefined ? undefined : filterToSql(filter, columns)
      const [counted] = await db
        .select({ total: sql<number>`count(*)::int` })
        .from(scimPeople)
        .innerJoin(users, eq(users.id, scimPeople.userId))
        .where(and(live, where))
      const rows =
        count === 0
          ? []
          : await read(db, where)
              .orderBy(asc(scimPeople.userId))
              .limit(count)
              .offset(startIndex - 1)
      return { total: counted!.total, people: rows.map(toPerson) }
    },

    /** An account with this address becomes theirs to keep; else there is a new one. @throws ScimError */
    async create(tx: Transaction, user: ScimUser, by: By): Promise<Kept> {
      await requireFree(tx, user, null)
      const there = await people.byEmail(tx, user.email)
      if (!there) {
        const made = await people.make(tx, { email: user.email, isVerified: true, name: user.name, role: 'user', plan: 'free' })
        await tx.insert(scimPeople).values({ userId: made.id, ...columnsOf(user) })
        await note(tx, 'user.created', made.id, by, { role: made.role, plan: made.plan })
        return { userId: made.id, ended: [], active: user.active }
      }
      const [known] = await tx.select().from(scimPeople).where(eq(scimPeople.userId, there.id))
      if (known && known.deletedAt === null) throw scimTaken('The email address')
      const next = { ...columnsOf(user), version: sql`${scimPeople.version} + 1`, changedAt: new Date() }
      await tx
        .insert(scimPeople)
        .values({ userId: there.id, ...columnsOf(user) })
        .onConflictDoUpdate({ target: scimPeople.userId, set: next })
      // Who made the account never showed that the address is theirs; an administrator was made one by somebody who knew whom they meant.
      const isShown = there.verifiedEmail === user.email || there.role === 'admin'
      const ended = isShown ? [] : await people.takeFromMaker(tx, there)
      if (there.verifiedEmail !== user.email) await people.setEmail(tx, there.id, user.email)
      await note(tx, known ? 'scim.returned' : 'scim.linked', there.id, by)
      // Whom an administrator has disabled stays so until the directory says it again.
      const active = known ? user.active : user.active && there.disabledAt !== null ? null : user.active
      return { userId: there.id, ended, active }
    },

    /** @throws ScimError */
    async update(tx: Transaction, person: ScimPerson, user: ScimUser, by: By): Promise<Kept> {
      const { userId } = person.row
      await requireFree(tx, user, userId)
      if (user.email !== person.email) {
        if (await people.byEmail(tx, user.email)) throw scimTaken('The email address')
        await people.setEmail(tx, userId, user.email)
        await note(tx, 'email.changed', userId, by)
      }
      await people.rename(tx, userId, user.name)
      const next = { ...columnsOf(user), version: sql`${scimPeople.version} + 1`, changedAt: new Date() }
      await tx.update(scimPeople).set(next).where(eq(scimPeople.userId, userId))
      await note(tx, 'scim.changed', userId, by, { fields: changedFields(person, user).join(' ') })
      return { userId, ended: [], active: user.active === !person.isDisabled ? null : user.active }
    },

    /** The account stays, disabled. @throws ScimError */
    async remove(tx: Transaction, userId: string, by: By): Promise<void> {
      await this.lock(tx, userId)
      await tx.delete(scimMembers).where(eq(scimMembers.userId, userId))
      await tx.update(scimPeople).set({ userNameKey: null, externalId: null, deletedAt: new Date() }).where(eq(scimPeople.userId, userId))
      await note(tx, 'scim.removed', userId, by)
    },
  }
}

/** Which fields differ, by their names alone: what is in them is of the person, and the audit has no words. */
function changedFields({ row, email, isDisabled }: ScimPerson, user: ScimUser): string[] {
  const before: Record<string, unknown> = { ...row.attributes, userName: row.userNameKey, externalId: row.externalId, email, active: !isDisabled }
  const { email: address, active, externalId } = user
  const after: Record<string, unknown> = { ...user.attributes, userName: user.userName.toLowerCase(), externalId, email: address, active }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter((name) => !isDeepStrictEqual(before[name] ?? null, after[name] ?? null)).toSorted()
}

const attribute = (path: string) => sql`${scimPeople.attributes} #>> ${sql.raw(`'{${path}}'`)}`
const columns: FilterColumns = new Map([
  ['id', { kind: 'text', value: sql`${scimPeople.userId}::text`, fold: true }],
  ['username', { kind: 'text', value: sql`${scimPeople.userNameKey}`, fold: true }],
  ['externalid', { kind: 'text', value: sql`${scimPeople.externalId}` }],
  ['active', { kind: 'boolean', value: sql`(${users.disabledAt} is null)` }],
  ['emails', { kind: 'text', value: sql`${users.email}`, fold: true }],
  ['emails.value', { kind: 'text', value: sql`${users.email}`, fold: true }],
  ['emails.type', { kind: 'text', value: sql`'work'` }],
  ['emails.primary', { kind: 'boolean', value: sql`true` }],
  ['displayname', { kind: 'text', value: attribute('displayName'), fold: true }],
  ['name.familyname', { kind: 'text', value: attribute('name,familyName'), fold: true }],
  ['name.givenname', { kind: 'text', value: attribute('name,givenName'), fold: true }],
  ['meta.created', { kind: 'time', value: sql`${scimPeople.createdAt}` }],
  ['meta.lastmodified', { kind: 'time', value: sql`${scimPeople.changedAt}` }],
])
