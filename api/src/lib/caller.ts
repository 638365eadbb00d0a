import type { KeyScope } from '@jarvis/contracts/api-keys.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'

/**
 * Who asks, with the authority read when the request came in: never older than the request. `sessionId` is the sign-in or, with an API
 * key, the key's id: whatever ends this access is published under it.
 */
export type Caller = {
  userId: string
  sessionId: string
  role: Role
  plan: PlanId
  /** `models` are those that it may name; null is all of the plan's. */
  apiKey?: { id: string; models: readonly string[] | null; requestsPerMinute: number | null; scopes?: readonly KeyScope[] }
}

/** Where a request came from, for limits and the audit. `language`: what its browser asks for, as it says it. */
export type Origin = { address: string; userAgent: string; requestId: string; language?: string | undefined }

/** Who acts, and where from: what an act that is audited is given. */
export type By = { caller: Caller; origin: Origin }
