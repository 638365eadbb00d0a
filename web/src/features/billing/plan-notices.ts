import type { Subscription } from '@jarvis/contracts/billing.ts'
import { formatDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { say } from '#words/say.ts'

export type PlanNotice = { look: 'plain' | 'warn' | 'danger'; text: string; pays?: boolean }

/** What a person must know of their subscription, the pressing first; `pays` where the payment has to be looked at. */
export function planNotices({ plan, source, status, cancelAtPeriodEnd, currentPeriodEndsAt, trialEndsAt, graceEndsAt }: Subscription): PlanNotice[] {
  const name = planNames[plan]
  const notices: PlanNotice[] = []
  if (status === 'past_due')
    notices.push({
      look: 'danger',
      text: graceEndsAt
        ? say('Your last payment failed. You keep {plan} until {date}: look at your payment method.', { plan: name, date: formatDate(graceEndsAt) })
        : say('Your last payment failed. You keep {plan} for now: look at your payment method.', { plan: name }),
      pays: true,
    })
  if (status === 'unpaid') notices.push({ look: 'danger', text: say('Your subscription is unpaid, so you are on the Free plan.'), pays: true })
  if (status === 'incomplete') notices.push({ look: 'warn', text: say('Your first payment is not complete yet.'), pays: true })
  if (status === 'paused') notices.push({ look: 'warn', text: say('Your subscription is paused.'), pays: true })
  if (cancelAtPeriodEnd && currentPeriodEndsAt)
    notices.push({
      look: 'warn',
      text: say('Cancelled: you keep {plan} until {date}, and go to Free then.', { plan: name, date: formatDate(currentPeriodEndsAt) }),
    })
  if (status === 'trialing' && trialEndsAt && !cancelAtPeriodEnd)
    notices.push({
      look: 'plain',
      text: say('You are trying {plan}. The first payment is on {date}.', { plan: name, date: formatDate(trialEndsAt) }),
    })
  if (source === 'admin') notices.push({ look: 'plain', text: say('An administrator gave you this plan.') })
  return notices
}
