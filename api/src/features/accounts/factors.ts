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
import { passkeys, totpFactors, users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import { createFactorChanges } from './factor-changes.ts'
import { createFactorRules } from './factor-rules.ts'
import type { OwnPassword } from './own-password.ts'
import { createPasskeys, type PasskeyShown } from './passkeys.ts'
import { createRecoveryCodes } from './recovery-codes.ts'
import type { createSessions } from './sessions.ts'
import type { SignOnRules } from './sign-on-rules.ts'
import { isTotpCode, newTotpSecret, showTotp, totpStep } from './totp.ts'
import { addressOf } from './provisional.ts'
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
  publicUrl: string
  mayUsePassword: SignOnRules['mayUsePassword']
}
/** By what somebody showed a second factor. */
export type Shown = 'totp' | 'recovery code' | 'passkey'
/** What somebody sends along to show a factor. */
export type Showing = { otp?: string | undefined; passkey?: PasskeyShown | undefined }

/** By account, from wherever: only who knows the password comes so far. */
export const codeTries = (userId: string) => `otp:${userId}`
const at = ({ address, requestId }: Origin) => ({ address, requestId })
const isPending = gt(totpFactors.pendingAt, sql`now() - interval '1 hour'`)

/** What a person has besides the password: an authenticator app, passkeys, and recovery codes that stand in for them. */
export function createFactors(deps: FactorsDeps) {
  const { db, audit, limits, outbox, sessions, announce, requirePassword, byId, startTry } = deps
  const rules = createFactorRules({ db, announce })
  const boxOf = (userId: string) => `totp:${userId}`
  const { change, tell } = createFactorChanges({ db, audit, outbox, sessions, announce })
  const codes = createRecoveryCodes({ db, outbox, tell, secretsKey: deps.secretsKey })
  const { publicUrl, mayUsePassword } = deps
  const keys = createPasskeys({ db, audit, sessions, rules, codes, change, byId, publicUrl, mayUsePassword })

  /** @throws unavailable where the secret was encrypted with another key */
  function open(userId: string, box: string): string {
    const secret = openBox(deps.secretsKey(), boxOf(userId), box)
    if (secret === null) throw refusal('unavailable.factor')
    return secret
  }

  /** Uses the code up. Returns what it was, or null where it is no good: of those who show it at once, one has it. */
  async function spend(userId: string, given: string): Promise<Shown | null> {
    const code = given.replaceAll(/[\s-]/g, '')
    if (!isTotpCode(code)) return (await codes.spend(userId, code)) ? 'recovery code' : null
    const [row] = await db.select().from(totpFactors).where(eq(totpFactors.userId, userId))
    if (!row?.sealedSecret) return null
    const step = totpStep(open(userId, row.sealedSecret), code, Date.now())
    if (step === null) return null
    const isUnused = and(eq(totpFactors.userId, userId), eq(totpFactors.sealedSecret, row.sealedSecret), lt(totpFactors.lastStep, step))
    const used = await db.update(totpFactors).set({ lastStep: step }).where(isUnused)
    return used.rowCount === 1 ? 'totp' : null
  }

  return {
    ...rules,
    passkeys: keys,

    async state({ userId }: Pick<Caller, 'userId'>): Promise<FactorState> {
      const [user, has] = [await byId(userId), await rules.factorsOf(userId)]
      return { ...has, recoveryCodesLeft: await codes.left(userId), isRequired: (await rules.required()).includes(user.role) }
    },

    /**
     * At a sign-in, after the password. A passkey alone is no lock on the password, unless the role needs a factor. Returns by what a factor was
     * shown; null where there is none to show.
     * @throws otp_required with `factors`, what may be shown; invalid_credentials, rate_limited, unavailable
     */
    async demand(user: UserRow, { otp, passkey }: Showing, origin: Origin): Promise<Shown | null> {
      if (passkey) {
        await keys.prove(passkey, { purpose: 'second', userId: user.id }, origin, 'login.failed')
        return 'passkey'
      }
      const has = await rules.factorsOf(user.id)
      if (!has.totp && !(has.passkeys > 0 && (await rules.required()).includes(user.role))) return null
      if (otp !== undefined) return await this.show(user.id, otp, origin, 'login.failed')
      const factors = [...(has.totp ? ['totp'] : []), ...(has.passkeys > 0 ? ['passkey'] : []), 'recovery_code'].join(' ')
      throw refusal(has.totp ? 'otp_required' : 'otp_required.passkey', { factors })
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
      return showTotp(secret, addressOf(user))
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
      const act = async (tx: Transaction) => {
        const values = { sealedSecret: pending, confirmedAt: new Date(), lastStep: step, pendingSecret: null, pendingAt: null }
        const set = await tx
          .update(totpFactors)
          .set(values)
          .where(and(eq(totpFactors.userId, userId), eq(totpFactors.pendingSecret, pending)))
        if (set.rowCount === 0) throw refusal('conflict.totp_not_begun')
        return await codes.write(tx, userId)
      }
      return await change(caller, origin, { action: 'factor.added', act })
    },

    /** @throws reauthentication_required, invalid_credentials, conflict for the last factor of a role that needs one, not_found */
    async endTotp(caller: Caller, password: string, origin: Origin): Promise<void> {
      await sessions.requireRecent(caller)
      const user = await byId(caller.userId)
      await requirePassword(caller, user, password, origin, 'factor.refused')
      const act = async (tx: Transaction) => {
        await rules.lock(tx, user.id)
        const gone = await tx.delete(totpFactors).where(eq(totpFactors.userId, user.id)).returning({ confirmedAt: totpFactors.confirmedAt })
        if (gone[0]?.confirmedAt == null) throw new AppError('not_found', 'There is no authenticator app to switch off.')
        await rules.requireOneLeft(tx, user.id)
        if (!(await rules.hasAny(tx, user.id))) await codes.drop(tx, user.id)
      }
      await change(caller, origin, { action: 'factor.removed', act })
    },

    /** @throws reauthentication_required, invalid_credentials, conflict */
    async renewRecoveryCodes(caller: Caller, password: string, origin: Origin): Promise<string[]> {
      await sessions.requireRecent(caller)
      const user = await byId(caller.userId)
      await requirePassword(caller, user, password, origin, 'factor.refused')
      if (!(await rules.hasAny(db, user.id))) throw refusal('conflict.no_factor')
      return await change(caller, origin, { action: 'factor.codes_renewed', act: (tx) => codes.write(tx, user.id) })
    },

    /** For administrators and operators: who has lost theirs signs in by the password alone. @throws not_found */
    async reset(userId: string, by: ChangedBy): Promise<void> {
      const { actorId = null, source, origin } = by
      const { ended, letter } = await db.transaction(async (tx) => {
        if ((await tx.$count(users, eq(users.id, userId))) === 0) throw new AppError('not_found', 'There is no such user.')
        const had = await rules.factorsOf(userId)
        await this.drop(tx, userId)
        const details = { totp: `${had.totp} → false`, passkeys: `${had.passkeys} → 0`, ...(source && { source }) }
        await audit(tx, { action: 'factor.reset', actorId, target: userId, details, ...origin })
        return { ended: await sessions.endAll(tx, userId), letter: await tell(tx, userId, 'factor_reset') }
      })
      outbox.send(letter)
      sessions.announce(ended)
      announce(userId)
    },

    /** All of them, with the codes that stand in. */
    async drop(tx: Transaction, userId: string): Promise<void> {
      await tx.delete(totpFactors).where(eq(totpFactors.userId, userId))
      await tx.delete(passkeys).where(eq(passkeys.userId, userId))
      await codes.drop(tx, userId)
    },

    /** What the roles need from now on. `by` has to have a factor of their own where theirs is among them. @throws conflict */
    async require(tx: Transaction, roles: readonly Role[], by: Caller): Promise<void> {
      if (roles.includes(by.role) && !(await rules.hasAny(tx, by.userId))) throw refusal('conflict.factor_first')
      await rules.write(tx, roles)
    },
  }
}
