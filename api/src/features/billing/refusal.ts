import type { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { Scope } from './scopes.ts'

const busySeconds = 10

const budget = { busy: 'budget_exhausted.busy', nearly: 'budget_exhausted.nearly', used: 'budget_exhausted.used' } as const
const ceiling = { busy: 'ceiling_reached.busy', nearly: 'ceiling_reached.nearly', used: 'ceiling_reached.used' } as const

/** Which limit refuses, until when, and whether it is only for as long as other answers are at work. */
export function refusalOf(scopes: Scope[], tokens: number, costMicroUsd: number, resetsAt: Date): AppError {
  const limits = scopes.flatMap(({ kind, plan, ...scope }) => [
    {
      keys: budget,
      limit: plan ? ('tokens.plan' as const) : (`tokens.${kind}` as const),
      plan,
      max: scope.tokensMax,
      used: scope.tokensUsed,
      set: scope.tokensSet,
      asked: tokens,
    },
    {
      keys: ceiling,
      limit: `spend.${kind}` as const,
      plan: null,
      max: scope.ceilingMicroUsd,
      used: scope.microUsdUsed,
      set: scope.microUsdSet,
      asked: costMicroUsd,
    },
  ])
  const short = limits.filter(({ max, used, set, asked }) => max !== null && used + set + asked > max)
  const lasting = short.find(({ max, used, asked }) => used + asked > max!)
  const { keys, limit, plan, max, used } = lasting ?? short[0] ?? limits[0]!
  const day = resetsAt.toISOString().slice(0, 10)
  const params = { limit, ...(plan && { plan }), resetsOn: day }
  if (!lasting) return refusal(keys.busy, params, { retryAfterSeconds: busySeconds })
  const retryAfterSeconds = Math.ceil((resetsAt.getTime() - Date.now()) / 1000)
  return refusal(used < max! ? keys.nearly : keys.used, params, { retryAfterSeconds })
}
