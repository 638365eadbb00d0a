import { eq } from 'drizzle-orm'
import type { Outbox } from '#features/mail/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import type { createSessions } from './sessions.ts'
import type { createUserChanges } from './user-changes.ts'

export type FactorChangesDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  outbox: Outbox
  sessions: Pick<ReturnType<typeof createSessions>, 'endOthers' | 'announce'>
  announce: ReturnType<typeof createUserChanges>['announce']
}
type Change<Made> = {
  /** What the audit calls it, and with `_` the letter. */
  action: string
  target?: string
  /** Other sessions go on: nothing is taken away by which somebody may be there. */
  othersStay?: boolean
  act(tx: Transaction): Promise<Made>
}

/** Each change of somebody's factors is audited, and said in a letter. */
export function createFactorChanges({ db, audit, outbox, sessions, announce }: FactorChangesDeps) {
  async function tell(tx: Transaction, userId: string, kind: string, params: Record<string, string> = {}, language?: string): Promise<string | null> {
    if (!outbox.isDelivered) return null
    const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, userId))
    return user ? await outbox.post(tx, { kind, userId, address: user.email, params, language }) : null
  }

  return {
    tell,

    /** Every other session ends, since somebody may be there by what was before. */
    async change<Made>(caller: Caller, { address, requestId, language }: Origin, { action, target, othersStay, act }: Change<Made>): Promise<Made> {
      const { made, ended, letter } = await db.transaction(async (tx) => {
        const made = await act(tx)
        await audit(tx, { action, actorId: caller.userId, ...(target && { target }), address, requestId })
        const ended = othersStay ? [] : await sessions.endOthers(tx, caller)
        return { made, ended, letter: await tell(tx, caller.userId, action.replaceAll('.', '_'), {}, language) }
      })
      outbox.send(letter)
      sessions.announce(ended)
      announce(caller.userId)
      return made
    },
  }
}
