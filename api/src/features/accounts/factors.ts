import { hkdfSync } from 'node:crypto'
import type { Factors as FactorState, TotpSecret } from '@jarvis/contracts/factors.ts'
import type { Role } from '@jarvis/contracts/plans.ts'
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Outbox } from '#features/mail/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import { openBox, sealBox } from '#lib/sealed-box.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { recoveryCodes, totpFactors, users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import { createFactorRules } from './factor-rules.ts'
import type { OwnPassword } from './own-password.ts'
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'
import type { createSessions } from './sessions.ts'
import { isTotpCode, newTotpSecret, showTotp, totpStep } from './totp.ts'
import type { ChangedBy, createUserChanges, UserRow } from './user-changes.ts'

export type FactorsDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Limits
  outbox: Outbox
  sessions: ReturnType<typeof createSessions>
  announce: ReturnType<typeof createUserChanges>['announce']
  requirePassword: OwnPassword
  /** @throws unauthenticated */
  byId(userId: string): Promise<UserRow>
  /** @throws rate_limited */
  startTry(key: string): Promise<void>
  secretsKey(): Buffer
}
/** By what somebody showed a second factor. */
export type Shown = 'totp' | 'recovery code'

/** By account, from wherever: only who knows the password comes so far. */
export const codeTries = (userId: string) => `otp:${userId}`
const at = ({ address, requestId }: Origin) => ({ address, requestId })
const isPending = gt(totpFactors.pendingAt, sql`now() - interval '1 hour'`)

/** What a person has besides the password: an authenticator app, and recovery codes that stand in for it. */
export function createFactors(deps: FactorsDeps) {
  const { db, audit, limits, outbox, sessions, announce, requirePassword, byId, startTry } = deps
  const rules = createFactorRules({ db, announce })
  const boxOf = (userId: string) => `totp:${userId}`
  const recoveryKey = () => Buffer.from(hkdfSync('sha256', deps.secretsKey(), '', 'jarvis recovery codes', 32))
  const hashOf = (userId: string, code: string) => hashRecoveryCode(recoveryKey(), userId, code)

  /** @throws unavailable where the secret was encrypted with another key */
  function open(userId: string, box: string): string {
    const secret = openBox(deps.secretsKey(), boxOf(userId), box)
    if (secret === null) throw refusal('unavailable.factor')
    return secret
  }

  /** Uses the code up. Returns what it was, or null where it is no good: of those who show it at once, one has it. */
  async function spend(userId: string, given: string): Promise<Shown | null> {
    const code = given.replaceAll(/[\s-]/g, '')
    if (!isTotpCode(code)) return (await spendRecoveryCode(userId, code)) ? 'recovery code' : null
    const [row] = await db.select().from(totpFactors).where(eq(totpFactors.userId, userId))
    if (!row?.sealedSecret) return null
    const step = totpStep(open(userId, row.sealedSecret), code, Date.now())
    if (step === null) return null
    const isUnused = and(eq(totpFactors.userId, userId), eq(totpFactors.sealedSecret, row.sealedSecret), lt(totpFactors.lastStep, step))
    const used = await db.update(totpFactors).set({ lastStep: step }).where(isUnused)
    return used.rowCount === 1 ? 'totp' : null
  }

  async function spendRecoveryCode(userId: string, code: string): Promise<boolean> {
    const { letter, isGood } = await db.transaction(async (tx) => {
      const spent = await tx.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, hashOf(userId, code))))
      if (spent.rowCount === 0) return { letter: null, isGood: false }
      const left = await tx.$count(recoveryCodes, eq(recoveryCodes.userId, userId))
      return { letter: await tell(tx, userId, 'recovery_code_used', { left: String(left) }), isGood: true }
    })
    outbox.send(letter)
    return isGood
  }

  async function tell(tx: Transaction, userId: string, kind: string, params: Record<string, string> = {}): Promise<string | null> {
    if (!outbox.isDelivered) return null
    const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, userId))
    return user ? await outbox.post(tx, { kind, userId, address: user.email, params }) : null
  }

  async function writeCodes(tx: Transaction, userId: string): Promise<string[]> {
    const codes = newRecoveryCodes()
    await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
    await tx.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeHash: hashOf(userId, code) })))
    return codes
  }

  /** A change of factors: told to the person, and every other session ends, since somebody may be there by what was before. */
  async function change<Made>(caller: Caller, origin: Origin, action: string, act: (tx: Transaction) => Promise<Made>): Promise<Made> {
    const { made, ended, letter } = await db.transaction(async (tx) => {
      const made = await act(tx)
      await audit(tx, { action, actorId: caller.userId, ...at(origin) })
      return { made, ended: await sessions.endOthers(tx, caller), letter: await tell(tx, caller.userId, action.replaceAll('.', '_')) }
    })
    outbox.send(letter)
    sessions.announce(ended)
    announce(caller.userId)
    return made
  }

  return {
    ...rules,

    async state({ userId }: Pick<Caller, 'userId'>): Promise<FactorState> {
      const [user, has] = [await byId(userId), await rules.factorsOf(userId)]
      const recoveryCodesLeft = await db.$count(recoveryCodes, eq(recoveryCodes.userId, userId))
      return { totp: has.totp, recoveryCodesLeft, isRequired: (await rules.required()).includes(user.role) }
    },

    /**
     * At a sign-in, after the password. Returns by what a factor was shown; null where there is none to show.
     * @throws otp_required, invalid_credentials, rate_limited, unavailable
     */
    async demand(user: UserRow, otp: string | undefined, origin: Origin): Promise<Shown | null> {
      if (!(await rules.factorsOf(user.id)).totp) return null
      if (otp === undefined) throw refusal('otp_required')
      return await this.show(user.id, otp, origin, 'login.failed')
    },

    /** A wrong code costs as a wrong password does. `failed` is what the audit calls it. @throws invalid_credentials, rate_limited, unavailable */
    async show(userId: string, otp: string, origin: Origin, failed: string): Promise<Shown> {
      const tries = codeTries(userId)
      await startTry(tries)
      const shown = await spend(userId, otp)
      if (shown === null) {
        await audit(db, { action: failed, actorId: userId, details: { why: 'code' }, ...at(origin) })
        throw refusal('invalid_credentials.code')
      }
      await limits.succeeded(tries)
      return shown
    },

    /** @throws invalid_credentials, rate_limited */
    async beginTotp(caller: Caller, password: string, origin: Origin): Promise<TotpSecret> {
      const user = await byId(caller.userId)
      await requirePassword(caller, user, password, origin, 'factor.refused')
      const secret = newTotpSecret()
      const pending = { pendingSecret: sealBox(deps.secretsKey(), boxOf(user.id), secret), pendingAt: new Date() }
      await db
        .insert(totpFactors)
        .values({ userId: user.id, ...pending })
        .onConflictDoUpdate({ target: totpFactors.userId, set: pending })
      return showTotp(secret, user.email)
    },

    /** Returns recovery codes, the only time. @throws conflict, invalid_credentials, rate_limited */
    async confirmTotp(caller: Caller, given: string, origin: Origin): Promise<string[]> {
      const { userId } = caller
      const [row] = await db
        .select()
        .from(totpFactors)
        .where(and(eq(totpFactors.userId, userId), isPending))
      const pending = row?.pendingSecret
      if (!pending) throw refusal('conflict.totp_not_begun')
      const tries = codeTries(userId)
      await startTry(tries)
      const step = totpStep(open(userId, pending), given.replaceAll(/[\s-]/g, ''), Date.now())
      if (step === null) {
        await audit(db, { action: 'factor.refused', actorId: userId, details: { why: 'code' }, ...at(origin) })
        throw refusal('invalid_credentials.code')
      }
      await limits.succeeded(tries)
      return await change(caller, origin, 'factor.added', async (tx) => {
        const values = { sealedSecret: pending, confirmedAt: new Date(), lastStep: step, pendingSecret: null, pendingAt: null }
        const set = await tx
          .update(totpFactors)
          .set(values)
          .where(and(eq(totpFactors.userId, userId), eq(totpFactors.pendingSecret, pending)))
        if (set.rowCount === 0) throw refusal('conflict.totp_not_begun')
        return await writeCodes(tx, userId)
      })
    },

    /** @throws reauthentication_required, invalid_credentials, conflict for the last factor of a role that needs one, not_found */
    async endTotp(caller: Caller, password: string, origin: Origin): Promise<void> {
      await sessions.requireRecent(caller)
      const user = await byId(caller.userId)
      await requirePassword(caller, user, password, origin, 'factor.refused')
      await change(caller, origin, 'factor.removed', async (tx) => {
        await rules.lock(tx, user.id)
        const gone = await tx.delete(totpFactors).where(eq(totpFactors.userId, user.id)).returning({ confirmedAt: totpFactors.confirmedAt })
        if (gone[0]?.confirmedAt == null) throw new AppError('not_found', 'There is no authenticator app to switch off.')
        await rules.requireOneLeft(tx, user.id)
        await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, user.id))
      })
    },

    /** @throws reauthentication_required, invalid_credentials, conflict */
    async renewRecoveryCodes(caller: Caller, password: string, origin: Origin): Promise<string[]> {
      await sessions.requireRecent(caller)
      const user = await byId(caller.userId)
      await requirePassword(caller, user, password, origin, 'factor.refused')
      if (!(await rules.factorsOf(user.id)).totp) throw refusal('conflict.no_factor')
      return await change(caller, origin, 'factor.codes_renewed', (tx) => writeCodes(tx, user.id))
    },

    /** For administrators and operators: who has lost theirs signs in by the password alone. @throws not_found */
    async reset(userId: string, by: ChangedBy): Promise<void> {
      const { actorId = null, source, origin } = by
      const { ended, letter } = await db.transaction(async (tx) => {
        if ((await tx.$count(users, eq(users.id, userId))) === 0) throw new AppError('not_found', 'There is no such user.')
        const had = await rules.factorsOf(userId)
        await tx.delete(totpFactors).where(eq(totpFactors.userId, userId))
        await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
        const details = { totp: `${had.totp} → false`, ...(source && { source }) }
        await audit(tx, { action: 'factor.reset', actorId, target: userId, details, ...origin })
        return { ended: await sessions.endAll(tx, userId), letter: await tell(tx, userId, 'factor_reset') }
      })
      outbox.send(letter)
      sessions.announce(ended)
      announce(userId)
    },

    /** What the roles need from now on. `by` has to have a factor of their own where theirs is among them. @throws conflict */
    async require(tx: Transaction, roles: readonly Role[], by: Caller): Promise<void> {
      const has = await rules.factorsOf(by.userId)
      if (roles.includes(by.role) && !has.totp) throw refusal('conflict.factor_first')
      await rules.write(tx, roles)
    },
  }
}
