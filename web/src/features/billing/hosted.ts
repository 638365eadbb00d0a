import type { PlanId } from '@jarvis/contracts/plans.ts'
import { pageStorage } from '#lib/page-storage.ts'

const storageName = 'checkout'

/** Which plan was asked for, over the way to the payment page and back. */
export const rememberCheckout = (plan: PlanId) => pageStorage.set(storageName, plan)
export const expectedPlan = () => pageStorage.get(storageName)
export const forgetCheckout = () => pageStorage.set(storageName, null)

/** Leaves for a page of the payment provider. */
export function leaveFor(url: string) {
  location.assign(url)
}
