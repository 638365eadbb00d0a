import type { Role } from '@jarvis/contracts/plans.ts'
import { bigint, boolean, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, bytes, createdAt } from './columns.ts'
import { ownerId, sessions } from './people-tables.ts'

/** A person's authenticator app. Secrets are boxes of `lib/sealed-box.ts`, which name the person. */
export const totpFactors = pgTable('totp_factors', {
  userId: ownerId().primaryKey(),
  /** Null until a first code has confirmed it. */
  sealedSecret: text(),
  confirmedAt: at(),
  /** The half minute, counted since 1970, of the newest code that was used: no code is good twice. */
  lastStep: bigint({ mode: 'number' }).notNull().default(-1),
  /** One that is to take its place, once a code confirms it. */
  pendingSecret: text(),
  pendingAt: at(),
})

/** Each stands in for the factor once; a keyed hash of it is kept. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: ownerId(),
    codeHash: text().notNull(),
    /** Which key it is hashed with: with another one of today none of them is found. Null for those of before. */
    keyId: text(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
)

/** Roles whose people need a second factor. */
export const requiredFactors = pgTable('required_factors', { role: text().$type<Role>().primaryKey(), createdAt: createdAt() })

/** What a device signs with for a person, whom it knows by `userHandle`: random, the same for all of a person's. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    credentialId: text().notNull().unique(),
    publicKey: bytes().notNull(),
    /** Of signatures, where the device counts them: a copy of it is found by one that falls behind. */
    counter: bigint({ mode: 'number' }).notNull().default(0),
    transports: jsonb().$type<string[]>().notNull().default([]),
    userHandle: text().notNull(),
    isBackedUp: boolean().notNull().default(false),
    name: text().notNull(),
    createdAt: createdAt(),
    lastUsedAt: at(),
  },
  (table) => [index().on(table.userId)],
)

/** What a challenge may be answered for: to sign in or show oneself by it alone, after a password, or to add a passkey. */
export type PasskeyPurpose = 'alone' | 'second' | 'add'

/** Challenges that wait for the answer of a device, each good once. */
export const passkeyChallenges = pgTable(
  'passkey_challenges',
  {
    challengeHash: text().primaryKey(),
    purpose: text().$type<PasskeyPurpose>().notNull(),
    /** Of a cookie: nobody finishes what another browser began. Null where a session says so. */
    browserHash: text(),
    sessionId: uuid().references(() => sessions.id, { onDelete: 'cascade' }),
    /** Of the passkey that is to be added. */
    userHandle: text(),
    expiresAt: at().notNull(),
  },
  (table) => [index().on(table.expiresAt), index().on(table.sessionId)],
)
