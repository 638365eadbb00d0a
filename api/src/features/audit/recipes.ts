import { createHash } from 'node:crypto'
import type { audit } from '#ports/database/tables.ts'

/** A row as it is verified. `detailsText` is its details as the database writes them. */
export type ChainedRow = Omit<typeof audit.$inferSelect, 'outboxId'> & { detailsText: string }

export const chainStart = 'jarvis'

/** How a row's hash follows from the row and the hash before it, by the recipe's number. A number that is not here is a newer version's. */
export const recipes: Partial<Record<number, (row: ChainedRow, previous: string) => string>> = {
  1(row, previous) {
    // PostgreSQL's jsonb does not keep the order of keys, so the hash may not depend on it.
    const details = Object.entries(row.details).sort(([a], [b]) => (a < b ? -1 : 1))
    const address = row.addressDigest ?? row.address
    return digest([previous, row.id, row.at.toISOString(), row.action, row.actorId, row.target, address, row.requestId, details])
  },

  /** The database makes it, in `audit_hash_2`. */
  2: (row, previous) =>
    digest([
      '2',
      previous,
      String(row.id),
      row.at.toISOString(),
      row.action,
      row.actorId,
      row.target,
      row.addressDigest,
      row.requestId,
      row.detailsText,
    ]),
}

const digest = (fields: unknown[]) => createHash('sha256').update(JSON.stringify(fields)).digest('base64url')
