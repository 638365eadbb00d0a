import { z } from 'zod'
import { Id, Timestamp, wholeList } from './text.ts'

/** Rows of a table, or things in a store outside of the database. */
export const Erased = z.object({ where: z.string(), count: z.int() })
export type Erased = z.infer<typeof Erased>

/** What was removed where of somebody who was erased. `userId` names nobody any more; `waiting` are stores that have yet to be emptied. */
export const ErasureCertificate = z
  .object({
    userId: Id,
    startedAt: Timestamp,
    rowsGoneAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    removed: z.array(Erased),
    waiting: z.array(z.object({ where: z.string(), attempts: z.int() })),
  })
  .meta({ id: 'ErasureCertificate' })
export type ErasureCertificate = z.infer<typeof ErasureCertificate>

export const erasureEndpoints = {
  adminErasures: {
    method: 'GET',
    url: '/api/v1/admin/erasures',
    config: { who: ['admin'] },
    schema: {
      ...wholeList('admin', ErasureCertificate),
      description: 'A certificate for each erasure of the last 30 days, the newest first: what was removed where, and what is left to do.',
    },
  },
} as const
