import type { OrganisationRole } from '@jarvis/contracts/organisations.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import { boolean, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId, users } from './people-tables.ts'

const organisationId = () =>
  uuid()
    .notNull()
    .references(() => organisations.id, { onDelete: 'cascade' })

/** People who work together. What those with a seat have Jarvis do, it pays for, by its row in `budget_scopes`. */
export const organisations = pgTable('organisations', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  /** What a seat gives, while there are any. */
  plan: text().$type<PlanId>().notNull().default('free'),
  seats: integer().notNull().default(0),
  /** Who gave the seats: a subscription, or an administrator of the installation. */
  seatsSource: text().$type<'none' | 'stripe' | 'admin'>().notNull().default('none'),
  createdAt: createdAt(),
})

/** One row for each person: nobody is in two organisations, so that it is never in doubt who pays. Its id is the member's budget. */
export const members = pgTable(
  'members',
  {
    id: uuid().primaryKey(),
    organisationId: organisationId(),
    userId: ownerId().unique(),
    role: text().$type<OrganisationRole>().notNull(),
    /** `waiting`: gets the next that is free. `none`: it was taken from them. */
    seat: text().$type<'held' | 'waiting' | 'none'>().notNull().default('waiting'),
    joinedAt: createdAt(),
  },
  (table) => [index().on(table.organisationId, table.joinedAt, table.id)],
)

/** Some of an organisation's members, whom things are shared with. */
export const memberGroups = pgTable(
  'member_groups',
  { id: uuid().primaryKey(), organisationId: organisationId(), name: text().notNull(), createdAt: createdAt() },
  (table) => [unique().on(table.organisationId, table.name)],
)

export const groupMembers = pgTable(
  'group_members',
  {
    groupId: uuid()
      .notNull()
      .references(() => memberGroups.id, { onDelete: 'cascade' }),
    memberId: uuid()
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.memberId] }), index().on(table.memberId)],
)

/** What its person lets others of their organisation see: those of a group, or, without one, all. */
export const groupShares = pgTable(
  'group_shares',
  {
    id: uuid().primaryKey(),
    organisationId: organisationId(),
    groupId: uuid().references(() => memberGroups.id, { onDelete: 'cascade' }),
    kind: text().$type<'folder' | 'prompt' | 'file'>().notNull(),
    thingId: uuid().notNull(),
    /** Whose it is: while they are in the organisation. */
    ownerId: ownerId(),
    createdAt: createdAt(),
  },
  (table) => [
    unique().on(table.kind, table.thingId, table.organisationId, table.groupId).nullsNotDistinct(),
    index().on(table.organisationId, table.kind),
    index().on(table.groupId),
    index().on(table.ownerId),
  ],
)

/** A door into an organisation, for one person who has an account, or makes one. */
export const memberInvitations = pgTable(
  'member_invitations',
  {
    id: uuid().primaryKey(),
    organisationId: organisationId(),
    /** Null until the letter is sent. */
    tokenHash: text().unique(),
    /** Whose it is; null is who has the link. */
    email: text(),
    role: text().$type<OrganisationRole>().notNull(),
    isMailed: boolean().notNull(),
    createdBy: ownerId(),
    createdAt: createdAt(),
    expiresAt: at().notNull(),
    acceptedAt: at(),
    acceptedBy: uuid().references(() => users.id, { onDelete: 'cascade' }),
  },
  (table) => [index().on(table.organisationId), index().on(table.createdBy), index().on(table.acceptedBy)],
)
