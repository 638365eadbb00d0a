import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { TurnSize } from './estimate.ts'

/** What is known of providers at this moment: models whose circuit is open, and how long each usually takes to its first token. */
type ProviderState = { failing: readonly string[]; firstTokenMs: Readonly<Record<string, number>> }

/** `budgetLeft` is the share that is left, 0..1, of the cycle's tokens or of a spend ceiling, whichever is less. */
export type RouteQuestion = Omit<TurnSize, 'hasTools'> & {
  plan: PlanId
  requested: string | null
  budgetLeft: number
  /** What the ceilings leave; null where there is none. */
  microUsdLeft?: number | null
  /** The words of the question. */
  prompt: string
  hasTools?: boolean
  /** The question has pictures: without a wish, a model that sees them answers where the plan has one. */
  hasPictures?: boolean
  /** What a program's own prompt needs, without which it is refused. */
  needs?: { tools?: boolean; images?: boolean; json?: boolean }
  /** Nothing else may answer, nor stand in. */
  only?: readonly string[] | undefined
  providers?: ProviderState
}
