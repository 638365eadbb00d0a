import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { at } from './columns.ts'

/** What both tables hold of an event. */
const auditEvent = () => ({
  action: text().notNull(),
  actorId: uuid(),
  target: text(),
  address: text(),
  addressSalt: text(),
  addressDigest: text(),
  requestId: text(),
  details: jsonb().$type<Record<string, string | number | boolean | null>>().notNull(),
})

/**
 * Security events, each row chained to the one before by `hash`, so that a changed or missing row shows. The hash covers the salted digest of
 * the address: a trigger takes address and salt away when the account is erased, and the chain still holds. Older rows have no digest. The
 * database refuses every other change of a row.
 */
export const audit = pgTable(
  'audit',
  {
    id: bigint({ mode: 'number' }).primaryKey(),
    ...auditEvent(),
    at: at().notNull(),
    hash: text().notNull(),
    /** How `hash` was made. 1 is also what a version says that does not know of recipes. */
    recipe: smallint().notNull().default(1),
    /** The row of the outbox that this one was; null for what an earlier version wrote here itself. */
    outboxId: bigint({ mode: 'number' }),
  },
  (table) => [
    index().on(table.actorId),
    index().on(table.at),
    index().on(table.outboxId),
    // The list is by id, and by one of these when it is narrowed.
    index('audit_action_id').on(table.action, table.id),
    index('audit_actor_id_id').on(table.actorId, table.id),
  ],
)

/** Audited events as their acts wrote them, each in its act's transaction, until `link_audit` puts them at the end of the chain. */
export const auditOutbox = pgTable('audit_outbox', {
  id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  ...auditEvent(),
  at: at()
    .notNull()
    .default(sql`date_trunc('milliseconds', clock_timestamp())`),
})
