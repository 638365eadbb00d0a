import type { PlanId } from '@jarvis/contracts/plans.ts'

export const planNames: Record<PlanId, string> = { free: 'Free', pro: 'Pro', enterprise: 'Enterprise' }
