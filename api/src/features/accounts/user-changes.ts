import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'

/** Published when a person's role, plan, name or access changed, so that every process tells their sockets; the payload is the user's id. */
export const userChanged = 'user.changed'

export type UserRow = typeof users.$inferSelect
export type UserChange = { role?: Role | undefined; plan?: PlanId | undefined; disabled?: boolean | undefined }
/** Who changes somebody: an administrator, or a part of Jarvis such as billing. */
export type ChangedBy = { actorId?: string; source?: string; origin?: Pick<Origin, 'address' | 'requestId'> }
type Transaction = Parameters<Parameters<Database['db']['transaction']>[0]>[0]

export type UserChangesDeps = Pick<Database, 'db'> & { signals: Signals; audit: RecordAudit; endSessions(userId: string): Promise<unknown> }

/** Held while an administrator leaves, so that the last two cannot both go. */
const lastAdminLock = 0x6a75_6164

/** What is changed about a person by somebody else. It acts at their next request, on their open sockets at once. */
export function createUserChanges({ db, signals, audit, endSessions }: UserChangesDeps) {
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

  return {
    announce,

    /** Changes what differs, audited from old to new. @throws not_found, conflict for the last administrator */
    async change(userId: string, change: UserChange, by: ChangedBy = {}): Promise<UserRow> {
      const { user, details } = await db.transaction(async (tx) => {
        const before = await own(tx, userId)
        const { role = before.role, disabled = before.disabledAt !== null } = change
        const { plan, planSource } = planAfter(before, change.plan, by.source)
        const details = differences({ role, plan, disabled }, { ...before, disabled: before.disabledAt !== null })
        if (Object.keys(details).length === 0 && planSource === before.planSource) return { user: before, details }
        if ((role !== 'admin' || disabled) && (await isLastAdmin(tx, before))) throw lastAdmin()
        const disabledAt = disabled ? (before.disabledAt ?? new Date()) : null
        const [after] = await tx.update(users).set({ role, plan, planSource, disabledAt }).where(eq(users.id, userId)).returning()
        return { user: after!, details }
      })
      if (Object.keys(details).length === 0) return user
      if (details.disabled !== undefined && user.disabledAt) await endSessions(userId)
      announce(userId)
      const { actorId = null, source, origin } = by
      await audit({ action: 'user.changed', actorId, target: userId, details: { ...details, ...(source && { source }) }, ...origin })
      return user
    },

    /** Whether this account may go: the last administrator may only leave an empty house. @throws conflict */
    async requireErasable(userId: string): Promise<void> {
      await db.transaction((tx) => requireErasable(tx, userId))
    },

    /** @throws conflict */
    async erase(userId: string): Promise<void> {
      await db.transaction(async (tx) => {
        await requireErasable(tx, userId)
        await tx.delete(users).where(eq(users.id, userId))
      })
      announce(userId)
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

type Changeable = { role: Role; plan: PlanId; disabled: boolean }

function differences(after: Changeable, before: Changeable): Record<string, string> {
  const names = ['role', 'plan', 'disabled'] as const
  return Object.fromEntries(names.filter((name) => after[name] !== before[name]).map((name) => [name, `${before[name]} → ${after[name]}`]))
}
