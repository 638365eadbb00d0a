import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { newId } from '#lib/ids.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { scimGroups, scimMembers, scimPeople, users } from '#ports/database/tables.ts'
import { type FilterColumns, filterToSql } from './filter.ts'
import { type GroupChange, groupText, type MemberChange, memberIds } from './group-change.ts'
import type { Query } from './people.ts'
import { scimBad, scimGone, scimTaken } from './scim-error.ts'

export type ScimGroup = typeof scimGroups.$inferSelect
export type Member = { value: string; display: string }
/** Whose membership it touched. */
export type GroupKept = { group: ScimGroup; touched: string[] }
type Reading = Pick<Transaction, 'select' | '$count'>

/** Groups, and who is in them. Each function that changes something takes part in the caller's transaction. */
export function createScimGroups({ db }: Pick<Database, 'db'>) {
  async function requireFree(tx: Transaction, displayName: string, id: string | null): Promise<void> {
    const [taken] = await tx.select({ id: scimGroups.id }).from(scimGroups).where(eq(scimGroups.displayNameKey, displayName.toLowerCase()))
    if (taken && taken.id !== id) throw scimTaken('displayName')
  }
  const idsOf = async (tx: Reading, groupId: string) =>
    (await tx.select({ id: scimMembers.userId }).from(scimMembers).where(eq(scimMembers.groupId, groupId))).map(({ id }) => id)

  /** Returns whom it touched. Who is nobody's is left out: a directory may be behind. */
  async function changeMembers(tx: Transaction, groupId: string, { kind, ids }: MemberChange): Promise<string[]> {
    const wanted = sql`(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`
    const inGroup = eq(scimMembers.groupId, groupId)
    const gone =
      kind === 'add'
        ? []
        : await tx
            .delete(scimMembers)
            .where(and(inGroup, kind === 'remove' ? sql`${scimMembers.userId} in ${wanted}` : sql`${scimMembers.userId} not in ${wanted}`))
            .returning({ id: scimMembers.userId })
    if (kind === 'remove') return gone.map(({ id }) => id)
    const come = await tx.execute<{ user_id: string }>(sql`
      insert into ${scimMembers} (group_id, user_id)
      select ${groupId}::uuid, p.user_id from ${scimPeople} p where p.deleted_at is null and p.user_id in ${wanted}
      on conflict do nothing returning user_id`)
    return [...gone.map(({ id }) => id), ...come.rows.map(({ user_id }) => user_id)]
  }

  async function lock(tx: Transaction, id: string): Promise<ScimGroup> {
    const [group] = await tx.select().from(scimGroups).where(eq(scimGroups.id, id)).for('update')
    if (!group) throw scimGone()
    return group
  }

  return {
    /** @throws ScimError */
    async get(tx: Reading, id: string): Promise<ScimGroup> {
      const [group] = await tx.select().from(scimGroups).where(eq(scimGroups.id, id))
      if (!group) throw scimGone()
      return group
    },

    async membersOf(groupIds: string[]): Promise<Map<string, Member[]>> {
      const rows = await db
        .select({ groupId: scimMembers.groupId, value: scimMembers.userId, display: users.name })
        .from(scimMembers)
        .innerJoin(users, eq(users.id, scimMembers.userId))
        .where(inArray(scimMembers.groupId, groupIds))
        .orderBy(asc(scimMembers.userId))
      return new Map(groupIds.map((id) => [id, rows.filter(({ groupId }) => groupId === id).map(({ value, display }) => ({ value, display }))]))
    },

    /** The groups of each person. */
    async groupsOf(userIds: string[]): Promise<{ userId: string; value: string; display: string }[]> {
      if (userIds.length === 0) return []
      return await db
        .select({ userId: scimMembers.userId, value: scimGroups.id, display: scimGroups.displayName })
        .from(scimMembers)
        .innerJoin(scimGroups, eq(scimGroups.id, scimMembers.groupId))
        .where(inArray(scimMembers.userId, userIds))
    },

    async list({ filter, startIndex, count }: Query): Promise<{ total: number; groups: ScimGroup[] }> {
      const where = filter === undefined ? undefined : filterToSql(filter, columns)
      const total = await db.$count(scimGroups, where)
      const groups =
        count === 0
          ? []
          : await db
              .select()
              .from(scimGroups)
              .where(where)
              .orderBy(asc(scimGroups.id))
              .limit(count)
              .offset(startIndex - 1)
      return { total, groups }
    },

    /** @throws ScimError */
    async create(tx: Transaction, body: unknown): Promise<GroupKept> {
      const { displayName, externalId, members } = readGroup(body)
      await requireFree(tx, displayName, null)
      const values = { id: newId(), displayName, displayNameKey: displayName.toLowerCase(), externalId }
      const [group] = await tx.insert(scimGroups).values(values).returning()
      return { group: group!, touched: await changeMembers(tx, values.id, { kind: 'add', ids: members }) }
    },

    /** @throws ScimError */
    async replace(tx: Transaction, id: string, body: unknown): Promise<GroupKept> {
      const { displayName, externalId, members } = readGroup(body)
      return await this.change(tx, id, { displayName, externalId, members: [{ kind: 'replace', ids: members }] })
    },

    /** @throws ScimError */
    async change(tx: Transaction, id: string, { displayName, externalId, members }: GroupChange): Promise<GroupKept> {
      const group = await lock(tx, id)
      if (displayName !== undefined) await requireFree(tx, displayName, id)
      const isRenamed = displayName !== undefined && displayName !== group.displayName
      const touched = new Set(isRenamed ? await idsOf(tx, id) : [])
      for (const change of members) for (const userId of await changeMembers(tx, id, change)) touched.add(userId)
      const [next] = await tx
        .update(scimGroups)
        .set({
          ...(displayName !== undefined && { displayName, displayNameKey: displayName.toLowerCase() }),
          ...(externalId !== undefined && { externalId }),
          version: sql`${scimGroups.version} + 1`,
          changedAt: new Date(),
        })
        .where(eq(scimGroups.id, id))
        .returning()
      return { group: next!, touched: [...touched, ...(isRenamed ? await idsOf(tx, id) : [])] }
    },

    /** @throws ScimError */
    async remove(tx: Transaction, id: string): Promise<GroupKept> {
      const group = await lock(tx, id)
      const touched = await idsOf(tx, id)
      await tx.delete(scimGroups).where(eq(scimGroups.id, id))
      return { group, touched }
    },

    /** Of those whom the directory keeps, with what their groups gave last. */
    grantedTo: (userIds: string[]) =>
      db
        .select({ row: scimPeople, user: users })
        .from(scimPeople)
        .innerJoin(users, eq(users.id, scimPeople.userId))
        .where(inArray(scimPeople.userId, userIds)),
    setGranted: async (userId: string, granted: Pick<typeof scimPeople.$inferInsert, 'grantedRole' | 'grantedPlan'>): Promise<void> =>
      void (await db.update(scimPeople).set(granted).where(eq(scimPeople.userId, userId))),
  }
}

function readGroup(body: unknown): { displayName: string; externalId: string | null; members: string[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw scimBad('invalidSyntax', 'The body must be an object.')
  const { displayName, externalId, members } = body as Record<string, unknown>
  return {
    displayName: groupText(displayName, 'displayName'),
    externalId: externalId === undefined || externalId === null || externalId === '' ? null : groupText(externalId, 'externalId'),
    members: memberIds(members),
  }
}

const hasMember = (id: string): SQL =>
  sql`exists (select from ${scimMembers} m where m.group_id = ${scimGroups.id} and m.user_id::text = ${id.toLowerCase()})`
const columns: FilterColumns = new Map([
  ['id', { kind: 'text', value: sql`${scimGroups.id}::text`, fold: true }],
  ['displayname', { kind: 'text', value: sql`${scimGroups.displayName}`, fold: true }],
  ['externalid', { kind: 'text', value: sql`${scimGroups.externalId}` }],
  ['members', { kind: 'member', has: hasMember }],
  ['members.value', { kind: 'member', has: hasMember }],
  ['meta.created', { kind: 'time', value: sql`${scimGroups.createdAt}` }],
  ['meta.lastmodified', { kind: 'time', value: sql`${scimGroups.changedAt}` }],
])
