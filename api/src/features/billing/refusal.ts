import type { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { Scope } from './scopes.ts'

const busySeconds = 10

const whose = { person: '', member: ' of your share', organisation: ' of your organisation', installation: ' of this installation' }

/** Which limit refuses, until when, and whether it is only for as long as other answers are at work. */
export function refusalOf(scopes: Scope[], tokens: number, costMicroUsd: number, resetsAt: Date): AppError {
  const limits = scopes.flatMap(({ kind, plan, ...scope }) => [
    {
      code: 'budget_exhausted' as const,
      name: plan ? `token budget of the ${plan} plan` : `token budget${whose[kind]}`,
      max: scope.tokensMax,
      used: scope.tokensUsed,
      set: scope.tokensSet,
      asked: tokens,
    },
    {
      code: 'ceiling_reached' as const,
      name: `spend ceiling${whose[kind]}`,
      max: scope.ceilingMicroUsd,
      used: scope.microUsdUsed,
      set: scope.microUsdSet,
      asked: costMicroUsd,
    },
  ])
  const short = limits.filter(({ max, used, set, asked }) => max !== null && used + set + asked > max)
  const lasting = short.find(({ max, used, asked }) => used + asked > max!)
  const { code, name, max, used } = lasting ?? short[0] ?? limits[0]!
  const day = resetsAt.toISOString().slice(0, 10)
  const params = { limit: name, resetsOn: day }
  if (!lasting) return refusal(`${code}.busy`, params, { retryAfterSeconds: busySeconds })
  const retryAfterSeconds = Math.ceil((resetsAt.getTime() - Date.now()) / 1000)
  return refusal(`${code}.${used < max! ? 'nearly' : 'used'}`, params, { retryAfterSeconds })
}
