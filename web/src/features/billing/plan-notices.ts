import type { Subscription } from '@jarvis/contracts/billing.ts'
import { formatDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'

export type PlanNotice = { look: 'plain' | 'warn' | 'danger'; text: string; pays?: boolean }

/** What a person must know of their subscription, the pressing first; `pays` where the payment has to be looked at. */
export function planNotices({ plan, source, status, cancelAtPeriodEnd, currentPeriodEndsAt, trialEndsAt, graceEndsAt }: Subscription): PlanNotice[] {
  const name = planNames[plan]
  const notices: PlanNotice[] = []
  if (status === 'past_due')
    notices.push({
      look: 'danger',
      text: `Your last payment failed. ${graceEndsAt ? `You keep ${name} until ${formatDate(graceEndsAt)}` : `You keep ${name} for now`}: look at your payment method.`,
      pays: true,
    })
  if (status === 'unpaid') notices.push({ look: 'danger', text: 'Your subscription is unpaid, so you are on the Free plan.', pays: true })
  if (status === 'incomplete') notices.push({ look: 'warn', text: 'Your first payment is not complete yet.', pays: true })
  if (status === 'paused') notices.push({ look: 'warn', text: 'Your subscription is paused.', pays: true })
  if (cancelAtPeriodEnd && currentPeriodEndsAt)
    notices.push({ look: 'warn', text: `Cancelled: you keep ${name} until ${formatDate(currentPeriodEndsAt)}, and go to Free then.` })
  if (status === 'trialing' && trialEndsAt && !cancelAtPeriodEnd)
    notices.push({ look: 'plain', text: `You are trying ${name}. The first payment is on ${formatDate(trialEndsAt)}.` })
  if (source === 'admin') notices.push({ look: 'plain', text: 'An administrator gave you this plan.' })
  return notices
}
