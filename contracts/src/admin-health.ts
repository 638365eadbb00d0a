import { z } from 'zod'
import { AdminStats } from './admin.ts'
import { Timestamp } from './text.ts'

/** How the installation is at this moment. Null is what could not be read now. */
export const AdminHealth = z
  .object({
    checkedAt: Timestamp,
    /** `needed`: without it the installation is not ready. */
    engines: z.array(z.object({ name: z.string(), needed: z.boolean(), up: z.boolean() })),
    runsWaiting: z.int().nullable(),
    /** By queue, as the process sees it that answers: one that works on jobs. */
    jobsWaiting: z.array(z.object({ queue: z.string(), count: z.int() })).nullable(),
    backup: AdminStats.shape.backup.nullable(),
    /** Models that the process which answers leaves alone for some seconds, for their provider failed again and again. */
    modelsLeftAlone: z.array(z.string()),
    /** What of the upkeep failed the last time. */
    failedSweeps: z.array(z.object({ what: z.string(), lastAt: Timestamp.nullable() })).nullable(),
    versions: z.object({ jarvis: z.string(), node: z.string(), postgres: z.string().nullable() }),
  })
  .meta({ id: 'AdminHealth' })
export type AdminHealth = z.infer<typeof AdminHealth>
