import type { Role } from '@jarvis/contracts/plans.ts'
import { bigint, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { at, createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

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
export const recoveryCodes = pgTable('recovery_codes', { userId: ownerId(), codeHash: text().notNull(), createdAt: createdAt() }, (table) => [
  primaryKey({ columns: [table.userId, table.codeHash] }),
])

/** Roles whose people need a second factor. */
export const requiredFactors = pgTable('required_factors', { role: text().$type<Role>().primaryKey(), createdAt: createdAt() })
