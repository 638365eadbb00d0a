import { addressKey } from '#lib/address-key.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { Passwords } from './passwords.ts'
import type { UserRow } from './user-changes.ts'

export type OwnPasswordDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Limits
  passwords: Passwords
  /** @throws rate_limited */
  startTry(key: string): Promise<void>
}
export type OwnPassword = ReturnType<typeof createOwnPassword>

export const passwordTries = (sessionId: string) => `password:${sessionId}`

/** The password of somebody who is signed in, asked for once more. */
export function createOwnPassword({ db, audit, limits, passwords, startTry }: OwnPasswordDeps) {
  /** The same limits as a sign-in: who has found an open page guesses no faster. `refused` is what the audit calls it. @throws invalid_credentials, rate_limited */
  return async function requirePassword(caller: Caller, user: UserRow, password: string, origin: Origin, refused: string): Promise<void> {
    const tries = passwordTries(caller.sessionId)
    await startTry(tries)
    if (!(await passwords.matches(password, user.passwordHash, { address: addressKey(origin.address), email: user.email, known: true }))) {
      await audit(db, { action: refused, actorId: user.id, address: origin.address, requestId: origin.requestId })
      throw refusal('invalid_credentials.current')
    }
    await limits.succeeded(tries)
  }
}
