import type { FailedCall } from '@jarvis/contracts/admin-models.ts'
import { desc, eq } from 'drizzle-orm'
import type { Log } from '#lib/log.ts'
import { storableText } from '#lib/storable.ts'
import type { Database } from '#ports/database/index.ts'
import { failedCalls } from '#ports/database/tables.ts'

export type Failure = Omit<FailedCall, 'failedAt'> & { userId: string }

const shownMax = 50

/** What providers said when calls failed, for administrators: people see a sentence of ours. */
export function createFailures({ db, log }: Pick<Database, 'db'> & { log: Pick<Log, 'warn'> }) {
  return {
    /** A database that is away keeps nothing of it: the log has it too. */
    async keep({ said, ...failure }: Failure): Promise<void> {
      try {
        await db.insert(failedCalls).values({ ...failure, said: said === null ? null : storableText(said) })
      } catch (error) {
        log.warn({ err: error }, 'a failed call is in the log alone')
      }
    },

    /** The newest first; those of one answer, where it is named. */
    async list(messageId: string | undefined): Promise<FailedCall[]> {
      const rows = await db
        .select()
        .from(failedCalls)
        .where(messageId === undefined ? undefined : eq(failedCalls.messageId, messageId))
        .orderBy(desc(failedCalls.failedAt), desc(failedCalls.id))
        .limit(shownMax)
      return rows.map(({ id: _, userId: __, failedAt, ...row }) => ({ ...row, failedAt: failedAt.toISOString() }))
    },
  }
}
