import type { PlanId, Role } from '@jarvis/contracts/plans.ts'

/** Who asks, with the authority read when the request came in: never older than the request. */
export type Caller = { userId: string; sessionId: string; role: Role; plan: PlanId }

/** Where a request came from, for limits and the audit. */
export type Origin = { address: string; userAgent: string; requestId: string }
