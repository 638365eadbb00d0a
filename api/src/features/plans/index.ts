import type { AdminPlan, AdminPlanBody } from '@jarvis/contracts/plan-endpoints.ts'
import { PlanId, planLimits, type PlanLimits } from '@jarvis/contracts/plans.ts'
import { applyPlanTokens } from '#features/billing/index.ts'
import type { Choices, PlanChoice } from '#features/choices/index.ts'
import type { By } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { planWindows, type WindowsOf } from '#ports/limits/rate-limit.ts'
import { createHeld } from '#ports/signals/held.ts'
import type { Signals } from '#ports/signals/index.ts'

export type PlansDeps = { choices: Pick<Choices, 'get' | 'set'>; signals: Signals; log: Pick<Log, 'error'> }
export type Plans = Awaited<ReturnType<typeof createPlans>>
type Limits = Pick<PlanLimits, 'requestsPerMinute' | 'tokensPerCycle'>

const limitsOf = (chosen: PlanChoice, id: PlanId): Limits => ({
  requestsPerMinute: chosen[`${id}.requestsPerMinute`] ?? planLimits[id].requestsPerMinute,
  tokensPerCycle: chosen[`${id}.tokensPerCycle`] ?? planLimits[id].tokensPerCycle,
})

const shown = (chosen: PlanChoice, id: PlanId): AdminPlan => ({
  id,
  requestsPerMinute: { chosen: chosen[`${id}.requestsPerMinute`], builtIn: planLimits[id].requestsPerMinute },
  tokensPerCycle: { chosen: chosen[`${id}.tokensPerCycle`], builtIn: planLimits[id].tokensPerCycle },
})

/** What each plan allows, as administrators choose it. The ledger reads tokens where it reserves; this is for all that tells or counts requests. */
export async function createPlans({ choices, signals, log }: PlansDeps) {
  const held = await createHeld({
    signals,
    topic: 'plans.changed',
    read: () => choices.get('plans'),
    onFailure(error, now) {
      log.error({ err: error }, 'the limits of plans cannot be read; they stay as they were')
      return now
    },
  })
  const of = (id: PlanId): Limits => limitsOf(held.now(), id)

  return {
    of,
    windowsOf: ((caller) => planWindows(caller, of(caller.plan).requestsPerMinute)) satisfies WindowsOf,

    async list(): Promise<AdminPlan[]> {
      const chosen = await choices.get('plans')
      return PlanId.options.map((id) => shown(chosen, id))
    },

    async update(by: By, id: PlanId, change: AdminPlanBody): Promise<AdminPlan> {
      const named = Object.fromEntries(Object.entries(change).map(([name, value]) => [`${id}.${name}`, value]))
      const chosen = await choices.set(by, 'plans', named, (tx) => applyPlanTokens(tx, id))
      await held.changed()
      return shown(chosen, id)
    },

    [Symbol.dispose]: () => held[Symbol.dispose](),
  }
}
