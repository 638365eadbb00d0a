import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId, sessions } from './people-tables.ts'

/** Who somebody is at an issuer. Known by (issuer, subject): addresses change hands. */
export const identities = pgTable(
  'identities',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    /** The provider's id at the last sign-in. */
    provider: text().notNull(),
    issuer: text().notNull(),
    subject: text().notNull(),
    /** The address that the issuer named last. */
    email: text(),
    /** What its groups gave last: no more than this is taken when they go. */
    grantedRole: text().$type<Role>(),
    grantedPlan: text().$type<PlanId>(),
    createdAt: createdAt(),
    lastUsedAt: createdAt(),
  },
  (table) => [unique().on(table.issuer, table.subject), index().on(table.userId)],
)

/** `show`: that the person shows once more that it is they. */
export type SignOnPurpose = 'sign_in' | 'link' | 'show'

/** Who has left for an issuer and is waited for. */
export const signOnAttempts = pgTable(
  'sign_on_attempts',
  {
    stateHash: text().primaryKey(),
    /** Of a cookie: nobody finishes what another browser began. */
    browserHash: text().notNull(),
    provider: text().notNull(),
    nonce: text().notNull(),
    verifier: text().notNull(),
    /** The page that is gone on with. */
    next: text().notNull(),
    purpose: text().$type<SignOnPurpose>().notNull(),
    /** Of whom it is for, where somebody is signed in. */
    sessionId: uuid().references(() => sessions.id, { onDelete: 'cascade' }),
    /** What the issuer had the browser post, where it does: the browser then comes back for it with its cookie. */
    answer: text(),
    expiresAt: at().notNull(),
  },
  (table) => [index().on(table.expiresAt), index().on(table.sessionId)],
)

/** Sessions that an issuer vouched for, and ends. */
export const signOnSessions = pgTable(
  'sign_on_sessions',
  {
    sessionId: uuid()
      .primaryKey()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    identityId: uuid()
      .notNull()
      .references(() => identities.id, { onDelete: 'cascade' }),
    /** The issuer's own session. */
    sid: text(),
    /** Encrypted: the issuer wants to see it when the person signs out there too. */
    sealedIdToken: text().notNull(),
  },
  (table) => [index().on(table.identityId), index().on(table.sid)],
)

/** Logout tokens that were taken, each good once. */
export const logoutTokens = pgTable('logout_tokens', { tokenHash: text().primaryKey(), expiresAt: at().notNull() }, (table) => [
  index().on(table.expiresAt),
])
