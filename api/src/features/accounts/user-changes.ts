import type { User } from '@jarvis/contracts/accounts.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { Outbox } from '#features/mail/index.ts'
import { changesOf } from '#lib/changes-of.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import { userChanged } from '#ports/access/index.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { erasures, users } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import { addressOf, provisionalUntil } from './provisional.ts'
import { planOf } from './seat-plans.ts'
import type { createSessions } from './sessions.ts'

export type UserRow = typeof users.$inferSelect
export type UserChange = { role?: Role | undefined; plan?: PlanId | undefined; disabled?: boolean | undefined }
/** Who changes somebody: an administrator, or a part of Jarvis such as billing. */
export type ChangedBy = { actorId?: string; source?: string; origin?: Pick<Origin, 'address' | 'requestId' | 'language'> }

type Sessions = ReturnType<typeof createSessions>
export type UserChangesDeps = Pick<Database, 'db'> & {
  signals: Signals
  audit: RecordAudit
  sessions: Pick<Sessions, 'endAll' | 'announce'>
  outbox: Pick<Outbox, 'dropFor'>
}

/** Held while an administrator leaves, so that the last two cannot both go. */
const lastAdminLock = 0x6a75_6164

/** What is changed about a person by somebody else. It acts at their next request, on their open sockets at once. */
export function createUserChanges({ db, signals, audit, sessions, outbox }: UserChangesDeps) {
  // The change is stored and read at each use: should the signal be lost, only the page hears of it later.
  const announce = (userId: string) => signals.publish(userChanged, userId)

  async function isLastAdmin(tx: Transaction, user: UserRow): Promise<boolean> {
    if (user.role !== 'admin' || user.disabledAt) return false
    await tx.execute(sql`select pg_advisory_xact_lock(${lastAdminLock})`)
    const [other] = await tx
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.role, 'admin'), isNull(users.disabledAt), ne(users.id, user.id)))
      .limit(1)
    return !other
  }

  async function own(tx: Transaction, userId: string): Promise<UserRow> {
    const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
    if (!user) throw new AppError('not_found', 'There is no such user.')
    return user
  }

  /** Who is being erased does not come back: keys that are still there would open the door once more. Their row is locked, as by who closes it. */
  async function requireStaying(tx: Transaction, userId: string): Promise<void> {
    if ((await tx.$count(erasures, eq(erasures.userId, userId))) > 0) throw refusal('conflict.being_erased')
  }

  return {
    announce,

    /** Changes what differs, audited from old to new. @throws not_found, conflict for the last administrator, and for who is being erased */
    async change(userId: string, change: UserChange, by: ChangedBy = {}): Promise<UserRow> {
      const { actorId = null, source, origin } = by
      const { user, changed, ended } = await db.transaction(async (tx) => {
        const before = await own(tx, userId)
        const { role = before.role, disabled = before.disabledAt !== null } = change
        const { plan, planSource } = planAfter(before, change.plan, source)
        const details = changesOf({ role: before.role, plan: before.plan, disabled: before.disabledAt !== null }, { role, plan, disabled })
        if (Object.keys(details).length === 0 && planSource === before.planSource) return { user: before, changed: false, ended: [] }
        if (!disabled && before.disabledAt !== null) await requireStaying(tx, userId)
        if ((role !== 'admin' || disabled) && (await isLastAdmin(tx, before))) throw lastAdmin()
        const disabledAt = disabled ? (before.disabledAt ?? new Date()) : null
        const [after] = await tx.update(users).set({ role, plan, planSource, disabledAt }).where(eq(users.id, userId)).returning()
        if (Object.keys(details).length === 0) return { user: after!, changed: false, ended: [] }
        await audit(tx, { action: 'user.changed', actorId, target: userId, details: { ...details, ...(source && { source }) }, ...origin })
        return { user: after!, changed: true, ended: after!.disabledAt ? await sessions.endAll(tx, userId) : [] }
      })
      sessions.announce(ended)
      if (changed) announce(userId)
      return user
    },

    /** Closes the account of somebody who is about to be erased: nobody signs in or uses a key from here on. Returns the sessions. @throws conflict, not_found */
    async close(tx: Transaction, userId: string) {
      await requireErasable(tx, userId)
      await tx
        .update(users)
        .set({ disabledAt: sql`coalesce(${users.disabledAt}, now())` })
        .where(eq(users.id, userId))
      return await sessions.endAll(tx, userId)
    },

    /** The person, and by cascade all rows that belong to them. */
    async remove(tx: Transaction, userId: string): Promise<void> {
      const gone = await tx.delete(users).where(eq(users.id, userId)).returning({ email: users.email })
      for (const { email } of gone) await outbox.dropFor(tx, email)
    },
  }

  async function requireErasable(tx: Transaction, userId: string): Promise<void> {
    if (!(await isLastAdmin(tx, await own(tx, userId)))) return
    const [other] = await tx.select({ id: users.id }).from(users).where(ne(users.id, userId)).limit(1)
    if (other) throw lastAdmin()
  }
}

const lastAdmin = () => new AppError('conflict', 'This is the only active administrator. Make somebody else an administrator first.')

/** Of what an administrator gave, the end of a subscription takes nothing away. */
function planAfter(before: UserRow, plan: PlanId | undefined, source: string | undefined): Pick<UserRow, 'plan' | 'planSource'> {
  if (plan === undefined || (source === 'stripe' && plan === 'free' && before.planSource !== 'stripe')) return before
  if (plan === 'free') return { plan, planSource: 'none' }
  return { plan, planSource: source === 'stripe' ? 'stripe' : 'admin' }
}

export function toUser(user: UserRow): User {
  const { id, name, role, memory, language, createdAt, verifiedEmail, pendingEmail } = user
  return {
    id,
    email: addressOf(user),
    name,
    role,
    plan: planOf(user),
    memory,
    language,
    emailVerified: verifiedEmail === user.email,
    confirmBy: provisionalUntil(user)?.toISOString() ?? null,
    pendingEmail: pendingEmail && Date.parse(pendingEmail.expiresAt) > Date.now() ? pendingEmail : null,
    createdAt: createdAt.toISOString(),
  }
}
