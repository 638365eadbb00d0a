import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

// Times are UTC; money is integer micro-US-dollars.
export const at = () => timestamp({ withTimezone: true })
export const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
export const createdAt = () => at().notNull().defaultNow()
export const tokenCount = () => bigint({ mode: 'number' }).notNull().default(0)
export const microUsd = () => bigint({ mode: 'number' }).notNull().default(0)
