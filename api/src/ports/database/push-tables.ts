import { boolean, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'
import { ownerId, sessions } from './people-tables.ts'

/** By what push services know this installation. The private half is a box of `lib/sealed-box.ts`, which names the public one. */
export const pushKeys = pgTable('push_keys', { publicKey: text().primaryKey(), sealedPrivateKey: text().notNull(), createdAt: createdAt() })

/** A browser that is told what came while its person was away, as long as the sign-in in it lasts. */
export const pushSubscriptions = pgTable(
  'push_subscriptions',
  {
    sessionId: uuid()
      .primaryKey()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    userId: ownerId(),
    /** The push service's address for this browser: who has it, and the key, can reach it. */
    endpoint: text().notNull().unique(),
    p256dh: text().notNull(),
    auth: text().notNull(),
    /** The key that it was made for, and that alone reaches it. */
    publicKey: text()
      .notNull()
      .references(() => pushKeys.publicKey),
    /** Whether the conversation is named. */
    showsTitle: boolean().notNull().default(false),
    /** What the page spoke, for who has chosen no language; a tag. */
    language: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.userId), index().on(table.publicKey)],
)
