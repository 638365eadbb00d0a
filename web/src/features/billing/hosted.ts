import type { PlanId } from '@jarvis/contracts/plans.ts'
import { pageStorage } from '#lib/page-storage.ts'
import { parseUrl } from '#lib/url.ts'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const storageName = 'checkout'

/** Which plan was asked for, over the way to the payment page and back. */
export const rememberCheckout = (plan: PlanId) => pageStorage.set(storageName, plan)
export const expectedPlan = () => pageStorage.get(storageName)
export const forgetCheckout = () => pageStorage.set(storageName, null)

/** Leaves for a page of the payment provider, whose host the server has looked at; returns false for what is no page. */
export function leaveFor(url: string): boolean {
  const { protocol } = parseUrl(url, location.href) ?? {}
  const isPage = protocol === 'https:' || (protocol === 'http:' && location.protocol === 'http:')
  if (isPage) location.assign(url)
  else toast(say('The payment page cannot be opened. Try again in a moment.'))
  return isPage
}
