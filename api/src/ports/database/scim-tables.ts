import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

/** What a directory shows to say who is here. Only a hash is kept. */
export const scimTokens = pgTable('scim_tokens', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  prefix: text().notNull(),
  tokenHash: text().notNull().unique(),
  createdAt: createdAt(),
  lastUsedAt: at(),
})

/** People whom a directory keeps. Whether they are active is whether their account is disabled. */
export const scimPeople = pgTable('scim_people', {
  userId: ownerId().primaryKey(),
  /** As it is compared: in small letters. Null once the directory has deleted them. */
  userNameKey: text().unique(),
  externalId: text().unique(),
  /** The resource as the directory wrote it, without what other columns and the account say. */
  attributes: jsonb().$type<Record<string, unknown>>().notNull(),
  version: integer().notNull().default(1),
  /** What its groups gave last: no more than this is taken when they go. */
  grantedRole: text().$type<Role>(),
  grantedPlan: text().$type<PlanId>(),
  createdAt: createdAt(),
  changedAt: createdAt(),
  /** The account stays, disabled: who comes back finds it. */
  deletedAt: at(),
})

export const scimGroups = pgTable('scim_groups', {
  id: uuid().primaryKey(),
  displayName: text().notNull(),
  displayNameKey: text().notNull().unique(),
  externalId: text(),
  version: integer().notNull().default(1),
  createdAt: createdAt(),
  changedAt: createdAt(),
})

export const scimMembers = pgTable(
  'scim_members',
  {
    groupId: uuid()
      .notNull()
      .references(() => scimGroups.id, { onDelete: 'cascade' }),
    userId: uuid()
      .notNull()
      .references(() => scimPeople.userId, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.userId] }), index().on(table.userId)],
)
