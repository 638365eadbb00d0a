import type { PlanId } from '@jarvis/contracts/plans.ts'

/** What a model is thought to cost, and how long it takes to its first token, where that is known. */
export type Price = { costMicroUsd: number; firstTokenMs: number | undefined }

/** By how much more often the stronger model is right, by need; from held-out rows, see docs/router-model.md. */
export const expectedGain = (need: number): number => Math.min(0.21, 0.05 + 0.22 * need)

/** How much quality a doubling of the cost must bring. Who pays more for a plan is answered by the stronger model sooner. */
const thrift: Record<PlanId, number> = { free: 0.045, pro: 0.038, enterprise: 0.031 }
/** And a doubling of the wait. */
const patience = 0.008
const doublingsMax = 5
const waitDoublingsMax = 3
/** From half of the budget on, each doubling must bring more; twice as much when it is nearly used up. */
const easyBudget = 0.5

/** Whether the stronger model is worth what it costs more. */
export function isWorthIt(need: number, plan: PlanId, budgetLeft: number, strong: Price, cheap: Price): boolean {
  const dearer = doublings(strong.costMicroUsd + 1, cheap.costMicroUsd + 1, doublingsMax)
  const slower = strong.firstTokenMs && cheap.firstTokenMs ? doublings(strong.firstTokenMs, cheap.firstTokenMs, waitDoublingsMax) : 0
  const thriftNow = thrift[plan] * (1 + Math.max(0, easyBudget - budgetLeft) / easyBudget)
  return expectedGain(need) >= thriftNow * dearer + patience * slower
}

const doublings = (more: number, less: number, most: number) => Math.max(0, Math.min(most, Math.log2(more / less)))
