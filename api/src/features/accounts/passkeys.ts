import type { AddedPasskey, NewPasskey, Passkey, PasskeyAnswer, PasskeyCreation, PasskeyRequest } from '@jarvis/contracts/passkeys.ts'
import { and, asc, eq, gt, lt, or, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import { newId, newSecret, sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import { type Database, isUniqueViolation } from '#ports/database/index.ts'
import { passkeyChallenges, type PasskeyPurpose, passkeys } from '#ports/database/tables.ts'
import type { createFactorChanges } from './factor-changes.ts'
import type { createFactorRules } from './factor-rules.ts'
import { answerWithinSeconds, challengeOf, createPasskeyCheck, passkeysWorkAt } from './passkey-check.ts'
import type { createRecoveryCodes } from './recovery-codes.ts'
import type { createSessions } from './sessions.ts'
import type { SignOnRules } from './sign-on-rules.ts'
import { addressOf } from './provisional.ts'
import type { UserRow } from './user-changes.ts'

export type PasskeysDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  sessions: Pick<ReturnType<typeof createSessions>, 'requireRecent'>
  rules: Pick<ReturnType<typeof createFactorRules>, 'lock' | 'requireOneLeft' | 'hasAny'>
  codes: Pick<ReturnType<typeof createRecoveryCodes>, 'write' | 'drop'>
  change: ReturnType<typeof createFactorChanges>['change']
  /** @throws unauthenticated */
  byId(userId: string): Promise<UserRow>
  publicUrl: string
  mayUsePassword: SignOnRules['mayUsePassword']
}
/** What a device answered, and the secret of the browser that it came from. */
export type PasskeyShown = { answer: PasskeyAnswer; browser: string }
type Row = typeof passkeys.$inferSelect
/** `userId`: whose it has to be. */
type Wanted = { purpose: Exclude<PasskeyPurpose, 'add'>; userId?: string }

const passkeysMax = 20

/** Keys of a person's devices: each signs in by itself where the device checks who holds it, and is a second factor besides a password. */
export function createPasskeys({ db, audit, sessions, rules, codes, change, byId, publicUrl, mayUsePassword }: PasskeysDeps) {
  const check = createPasskeyCheck(publicUrl)
  const isOffered = passkeysWorkAt(publicUrl)
  const own = (userId: string) => db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id))

  function requireOffered(): void {
    if (!isOffered) throw refusal('conflict.passkeys_off')
  }

  async function challenge(values: Omit<typeof passkeyChallenges.$inferInsert, 'challengeHash' | 'expiresAt'>): Promise<string> {
    const challenge = newSecret()
    const expiresAt = sql`now() + make_interval(secs => ${answerWithinSeconds})`
    await db.insert(passkeyChallenges).values({ ...values, challengeHash: sha256(challenge), expiresAt })
    return challenge
  }

  /** It is good once, whatever comes of it; only for who began it. Null where there is none. */
  async function take(clientDataJson: string, purpose: PasskeyPurpose, begunBy: ReturnType<typeof eq>) {
    const challenge = challengeOf(clientDataJson)
    if (challenge === null) return null
    const isIt = and(eq(passkeyChallenges.challengeHash, sha256(challenge)), eq(passkeyChallenges.purpose, purpose), begunBy)
    const [row] = await db
      .delete(passkeyChallenges)
      .where(and(isIt, gt(passkeyChallenges.expiresAt, sql`now()`)))
      .returning()
    return row ? { challenge, userHandle: row.userHandle } : null
  }

  /** A device that counts never gives the same number twice: of two that show one, or of a copy that is behind, one is refused. */
  async function isAhead({ id }: Row, { counter, isBackedUp }: { counter: number; isBackedUp: boolean }): Promise<boolean> {
    const doesNotCount = counter === 0 ? eq(passkeys.counter, 0) : undefined
    const used = await db
      .update(passkeys)
      .set({ counter, isBackedUp, lastUsedAt: sql`now()` })
      .where(and(eq(passkeys.id, id), or(lt(passkeys.counter, counter), doesNotCount)))
    return used.rowCount === 1
  }

  return {
    isOffered,

    list: async ({ userId }: Pick<Caller, 'userId'>): Promise<Passkey[]> => (await own(userId)).map(toPasskey),

    /** @throws reauthentication_required, conflict, forbidden where this person comes by single sign-on alone */
    async begin(caller: Caller): Promise<PasskeyCreation> {
      requireOffered()
      const user = await byId(caller.userId)
      if (!mayUsePassword(user)) throw refusal('forbidden.passkeys')
      await sessions.requireRecent(caller)
      const known = await own(user.id)
      if (known.length >= passkeysMax) throw refusal('conflict.passkeys', { passkeysMax })
      const userHandle = known[0]?.userHandle ?? newSecret()
      const made = await challenge({ purpose: 'add', sessionId: caller.sessionId, userHandle })
      return check.creation(made, { handle: userHandle, email: addressOf(user), name: user.name }, known)
    },

    /** Returns recovery codes with the first factor, the only time. @throws invalid_credentials, conflict */
    async add(caller: Caller, body: NewPasskey, origin: Origin): Promise<AddedPasskey> {
      const { userId, sessionId } = caller
      const taken = await take(body.response.clientDataJSON, 'add', eq(passkeyChallenges.sessionId, sessionId))
      const made = taken && (await check.made(body, taken.challenge))
      if (!taken || !made) {
        const { address, requestId } = origin
        await audit(db, { action: 'factor.refused', actorId: userId, details: { why: 'passkey' }, address, requestId })
        throw refusal('invalid_credentials.passkey')
      }
      const id = newId()
      const act = async (tx: Parameters<typeof rules.lock>[0]): Promise<AddedPasskey> => {
        await rules.lock(tx, userId)
        if ((await tx.$count(passkeys, eq(passkeys.userId, userId))) >= passkeysMax) throw refusal('conflict.passkeys', { passkeysMax })
        const isFirst = !(await rules.hasAny(tx, userId))
        const values = { id, userId, ...made, userHandle: taken.userHandle!, name: body.name ?? 'Passkey' }
        const [row] = await tx.insert(passkeys).values(values).returning()
        return { ...toPasskey(row!), recoveryCodes: isFirst ? await codes.write(tx, userId) : null }
      }
      try {
        return await change(caller, origin, { action: 'passkey.added', target: id, othersStay: true, act })
      } catch (error) {
        if (isUniqueViolation(error)) throw refusal('conflict.passkey_known', {}, { cause: error })
        throw error
      }
    },

    /** @throws not_found */
    async rename({ userId }: Caller, id: string, name: string, { address, requestId }: Origin): Promise<Passkey> {
      return await db.transaction(async (tx) => {
        const isOwn = and(eq(passkeys.id, id), eq(passkeys.userId, userId))
        const [row] = await tx.update(passkeys).set({ name }).where(isOwn).returning()
        if (!row) throw notFound()
        await audit(tx, { action: 'passkey.renamed', actorId: userId, target: id, address, requestId })
        return toPasskey(row)
      })
    },

    /** @throws reauthentication_required, conflict for the last factor of a role that needs one, not_found */
    async remove(caller: Caller, id: string, origin: Origin): Promise<void> {
      await sessions.requireRecent(caller)
      const { userId } = caller
      const act = async (tx: Parameters<typeof rules.lock>[0]): Promise<void> => {
        await rules.lock(tx, userId)
        const gone = await tx.delete(passkeys).where(and(eq(passkeys.id, id), eq(passkeys.userId, userId)))
        if (gone.rowCount === 0) throw notFound()
        await rules.requireOneLeft(tx, userId)
        if (!(await rules.hasAny(tx, userId))) await codes.drop(tx, userId)
      }
      await change(caller, origin, { action: 'passkey.removed', target: id, act })
    },

    /** Says nothing of who has one: each device knows whose passkeys it holds. @throws conflict */
    async request(browser: string, purpose: Wanted['purpose']): Promise<PasskeyRequest> {
      requireOffered()
      return check.request(await challenge({ purpose, browserHash: sha256(browser) }), purpose)
    },

    /** Returns whose passkey answered. `failed` is what the audit calls it. @throws invalid_credentials */
    async prove({ answer, browser }: PasskeyShown, { purpose, userId }: Wanted, origin: Origin, failed: string): Promise<string> {
      const refuse = async (
        row: Row | undefined,
        why: string,
        sentence: 'invalid_credentials.passkey' | 'invalid_credentials.passkey_unverified',
      ) => {
        const actorId = userId ?? row?.userId ?? null
        await audit(db, { action: failed, actorId, details: { why }, address: origin.address, requestId: origin.requestId })
        return refusal(sentence)
      }
      const taken = await take(answer.response.clientDataJSON, purpose, eq(passkeyChallenges.browserHash, sha256(browser)))
      const [row] = await db.select().from(passkeys).where(eq(passkeys.credentialId, answer.id))
      const isOwn = row !== undefined && (userId === undefined || row.userId === userId)
      const shown = taken && isOwn ? await check.answered(answer, taken.challenge, row) : null
      if (!row || !shown) throw await refuse(row, 'passkey', 'invalid_credentials.passkey')
      // By itself it has to be something that one has, and something that one is or knows.
      if (purpose === 'alone' && !shown.isVerified) throw await refuse(row, 'passkey unverified', 'invalid_credentials.passkey_unverified')
      if (!(await isAhead(row, shown))) throw await refuse(row, 'passkey copied', 'invalid_credentials.passkey')
      return row.userId
    },
  }
}

const notFound = () => new AppError('not_found', 'There is no such passkey.')

const toPasskey = ({ id, name, isBackedUp, createdAt, lastUsedAt }: Row): Passkey => ({
  id,
  name,
  isBackedUp,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
})
