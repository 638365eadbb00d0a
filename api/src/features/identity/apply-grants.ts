import type { UserChange, UserRow } from '#features/accounts/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { type Grants, settledPlan, settledRole } from './grants.ts'

type ApplyGrantsDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  /** @throws conflict for the last administrator */
  changeUser(userId: string, change: UserChange, source: string): Promise<unknown>
  log: Log
}
/** What a row keeps of what its groups gave. */
type Granted = { grantedRole: Grants['role']; grantedPlan: Grants['plan'] }
/** What the groups gave last and give now, and what other identities of the person give. `provider` is who says so, `source` what changes are audited as. */
type Standing = { before: Granted; wanted: Grants; others?: Grants[]; provider: string; source: string }

/** Role and plan follow the groups. Returns what is kept of what they gave. */
export function createApplyGrants({ db, audit, changeUser, log }: ApplyGrantsDeps) {
  return async (user: UserRow, { before, wanted, others = [], provider, source }: Standing): Promise<Granted> => {
    const role = settledRole({ now: user.role, before: before.grantedRole, wanted: wanted.role, others: others.map((other) => other.role) })
    // What is paid for is not a group's to take.
    const planBefore = user.planSource === 'stripe' ? null : before.grantedPlan
    const plan = settledPlan({ now: user.plan, before: planBefore, wanted: wanted.plan, others: others.map((other) => other.plan) })
    const granted = { grantedRole: role.granted, grantedPlan: plan.granted }
    if (plan.value !== user.plan) await changeUser(user.id, { plan: plan.value }, source)
    if (role.value === user.role) return granted
    try {
      await changeUser(user.id, { role: role.value }, source)
      return granted
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error
      log.warn({ userId: user.id, provider }, 'the groups of the last administrator make them one no more; they stay one')
      await audit(db, { action: 'identity.role_kept', target: user.id, details: { why: 'last administrator', provider } })
      return { ...granted, grantedRole: before.grantedRole }
    }
  }
}
