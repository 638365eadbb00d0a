import type { RouteValue } from '@jarvis/contracts/chat.ts'
import { totalOf } from '#lib/money.ts'
import type { Charge } from '#features/billing/index.ts'

/**
 * A route after its answer: each alternative with what the same tokens would have cost there. An answer that several runs make adds up. A model that
 * has left the table costs nothing that is known.
 */
export function settledRoute(route: RouteValue, before: RouteValue | null, chargesAt: (model: string) => Charge[]): RouteValue {
  const costBefore = new Map(before?.alternatives?.map(({ model, costMicroUsd = 0 }) => [model, costMicroUsd]))
  const others = (route.alternatives ?? []).filter(({ model }) => model !== route.model)
  const alternatives = others.map((other) => ({
    ...other,
    costMicroUsd: totalOf(chargesAt(other.model)).costMicroUsd + (costBefore.get(other.model) ?? 0),
  }))
  return { ...route, alternatives }
}
