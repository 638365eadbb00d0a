import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { createOutsidePeople, UserChange } from '#features/accounts/index.ts'
import { createApplyGrants, grantsOf } from '#features/identity/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { groupChange } from './group-change.ts'
import { createScimGroups, type GroupKept, type ScimGroup } from './groups.ts'
import { type By, createScimPeople, type Kept, type Query, type ScimPerson } from './people.ts'
import { scimTaken, ScimError } from './scim-error.ts'
import { createScimTokens } from './tokens.ts'
import { patchUser, readUser, type UserResource } from './user-resource.ts'

export { ScimError, scimBad } from './scim-error.ts'
export { describeSchemas, showUser, type UserResource } from './user-resource.ts'
export type { By, Query, ScimPerson } from './people.ts'
export type { Member, ScimGroup } from './groups.ts'

export type ScimDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  people: ReturnType<typeof createOutsidePeople>
  /** @throws conflict for the last administrator */
  changeUser(userId: string, change: UserChange, source: string): Promise<unknown>
  /** @throws reauthentication_required */
  requireRecent(caller: Caller): Promise<void>
  /** What groups give, by their names. */
  mapping: { roles: Record<string, Role>; plans: Record<string, PlanId> }
  log: Log
}
/** What a version in the request has to be; null is any. */
type Expected = string | null
export type Scim = ReturnType<typeof createScim>

export const versionOf = (version: number): string => `W/"${version}"`

/** The resource of somebody, as a directory wrote it and as the account is. */
export const resourceOf = ({ row: { userId, externalId, attributes, createdAt, changedAt, version }, isDisabled }: ScimPerson): UserResource => ({
  ...attributes,
  id: userId,
  ...(externalId !== null && { externalId }),
  active: !isDisabled,
  meta: { created: createdAt.toISOString(), lastModified: changedAt.toISOString(), version: versionOf(version) },
})

/** SCIM 2.0: a directory says who is here, in which groups, and who is no more. */
export function createScim(deps: ScimDeps) {
  const { db, audit, people: accounts, changeUser, mapping } = deps
  const tokens = createScimTokens(deps)
  const people = createScimPeople(deps)
  const groups = createScimGroups(deps)
  const applyGrants = createApplyGrants(deps)
  const mapped = new Set([...Object.keys(mapping.roles), ...Object.keys(mapping.plans)])

  async function transact<Made>(act: (tx: Transaction) => Promise<Made>): Promise<Made> {
    try {
      return await db.transaction(act)
    } catch (error) {
      // Of two that write one name at once, one has it.
      if (isUniqueViolation(error)) throw scimTaken('The name or the address', error)
      throw error
    }
  }

  /** After the change stands. Who is active no more is out at once: sessions, sockets, streams and what is at work. @throws ScimError for the last administrator */
  async function finish({ userId, ended, active }: Kept): Promise<void> {
    accounts.announceEnded(ended)
    if (active !== null) await setActive(userId, active)
    accounts.announce(userId)
  }

  async function setActive(userId: string, isActive: boolean): Promise<void> {
    try {
      await changeUser(userId, { disabled: !isActive }, 'scim')
    } catch (error) {
      if (error instanceof AppError && error.code === 'conflict') throw new ScimError(409, 'mutability', error.message, { cause: error })
      throw error
    }
  }

  /** Role and plan of those whose groups have changed: the most that these give, and what they gave is taken when they go. */
  async function followGroups(userIds: string[]): Promise<void> {
    const own = await groups.groupsOf(userIds)
    for (const { row, user } of userIds.length === 0 ? [] : await groups.grantedTo(userIds)) {
      const wanted = grantsOf(
        mapping,
        own.filter(({ userId }) => userId === user.id).map(({ display }) => display),
      )
      await groups.setGranted(user.id, await applyGrants(user, { before: row, wanted, provider: 'scim', source: 'scim' }))
    }
  }

  const noteGroup = (tx: Transaction, action: string, { group, touched }: GroupKept, { tokenId, address, requestId }: By, before?: ScimGroup) => {
    const isRenamed = before !== undefined && before.displayName !== group.displayName
    const name = isRenamed && { name: `${before.displayName} → ${group.displayName}` }
    const details = { source: 'scim', token: tokenId, members: touched.length, ...name }
    return audit(tx, { action, actorId: null, target: group.id, details, address, requestId })
  }

  async function changeGroup(action: string, by: By, act: (tx: Transaction) => Promise<GroupKept>, before?: ScimGroup): Promise<ScimGroup> {
    const { group, touched } = await transact(async (tx) => {
      const kept = await act(tx)
      await noteGroup(tx, action, kept, by, before)
      return kept
    })
    // Most groups give nothing: a directory may have thousands of people in them.
    if (mapped.has(group.displayName) || (before && mapped.has(before.displayName))) await followGroups(touched)
    return group
  }

  return {
    tokens,

    /** For the person's own export. */
    async exportOf(userId: string) {
      const found = await people.get(db, userId).catch(() => null)
      if (!found) return null
      return { ...resourceOf(found), groups: (await groups.groupsOf([userId])).map(({ display }) => display) }
    },

    user: async (id: string): Promise<ScimPerson> => people.get(db, id),
    users: (query: Query) => people.list(query),
    groupsOf: (userIds: string[]) => groups.groupsOf(userIds),

    async createUser(body: unknown, by: By): Promise<ScimPerson> {
      const user = readUser(body)
      const kept = await transact((tx) => people.create(tx, user, by))
      await finish(kept)
      return await people.get(db, kept.userId)
    },

    async replaceUser(id: string, body: unknown, expected: Expected, by: By): Promise<ScimPerson> {
      const user = readUser(body)
      await finish(
        await transact(async (tx) => {
          const person = await people.lock(tx, id)
          requireVersion(person.row.version, expected)
          return await people.update(tx, person, user, by)
        }),
      )
      return await people.get(db, id)
    },

    /** What is read, changed and written is one act: of two at once neither is lost. */
    async patchUser(id: string, body: unknown, expected: Expected, by: By): Promise<ScimPerson> {
      await finish(
        await transact(async (tx) => {
          const person = await people.lock(tx, id)
          requireVersion(person.row.version, expected)
          return await people.update(tx, person, await patchUser(resourceOf(person), body), by)
        }),
      )
      return await people.get(db, id)
    },

    async removeUser(id: string, by: By): Promise<void> {
      await people.get(db, id)
      // First, for the last administrator is refused it, and stays.
      await setActive(id, false)
      await transact((tx) => people.remove(tx, id, by))
      await followGroups([id])
    },

    group: async (id: string): Promise<ScimGroup> => groups.get(db, id),
    groups: (query: Query) => groups.list(query),
    membersOf: (groupIds: string[]) => groups.membersOf(groupIds),
    createGroup: (body: unknown, by: By) => changeGroup('scim.group_created', by, (tx) => groups.create(tx, body)),

    async replaceGroup(id: string, body: unknown, expected: Expected, by: By): Promise<ScimGroup> {
      const before = await groups.get(db, id)
      requireVersion(before.version, expected)
      return await changeGroup('scim.group_changed', by, (tx) => groups.replace(tx, id, body), before)
    },

    async patchGroup(id: string, body: unknown, expected: Expected, by: By): Promise<ScimGroup> {
      const wanted = groupChange(body)
      const before = await groups.get(db, id)
      requireVersion(before.version, expected)
      return await changeGroup('scim.group_changed', by, (tx) => groups.change(tx, id, wanted), before)
    },

    removeGroup: (id: string, by: By) => changeGroup('scim.group_removed', by, (tx) => groups.remove(tx, id)),
  }
}

function requireVersion(version: number, expected: Expected): void {
  if (expected !== null && expected !== '*' && expected !== versionOf(version))
    throw new ScimError(412, undefined, 'The resource has changed since it was read.')
}
