import type { PlanId } from '@jarvis/contracts/plans.ts'
import { leaveForPage } from '#lib/hosted-page.ts'
import { pageStorage } from '#lib/page-storage.ts'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const storageName = 'checkout'

/** Which plan was asked for, over the way to the payment page and back. */
export const rememberCheckout = (plan: PlanId) => pageStorage.set(storageName, plan)
export const expectedPlan = () => pageStorage.get(storageName)
export const forgetCheckout = () => pageStorage.set(storageName, null)

/** Returns false, and says so, where there is no such page. */
export function leaveFor(url: string): boolean {
  const isPage = leaveForPage(url)
  if (!isPage) toast(say('The payment page cannot be opened. Try again in a moment.'))
  return isPage
}
