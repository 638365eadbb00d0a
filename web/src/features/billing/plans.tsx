import type { Interval, Subscription } from '@jarvis/contracts/billing.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Plan, PlanId } from '@jarvis/contracts/plans.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { plansQuery } from '#lib/offers.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Segments } from '#ui/segments.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { leaveFor, rememberCheckout } from './hosted.ts'
import { PlanCard } from './plan-card.tsx'
import { say } from '#words/say.ts'

const order: PlanId[] = ['free', 'pro', 'enterprise']
const live = ['trialing', 'active', 'past_due']

/** The plans side by side, with what each costs and the way to it. */
export function Plans({ subscription }: { subscription: Subscription }) {
  const { data, error, refetch } = useQuery(plansQuery)
  const [interval, setInterval] = useState<Interval>(subscription.interval ?? 'month')
  const [chosen, setChosen] = useState<Plan | null>(null)
  const subscribed = live.includes(subscription.status)
  const checkout = useMutation({
    mutationFn: (plan: 'pro' | 'enterprise') => call(endpoints.checkout, { body: { plan, interval } }),
    onSuccess: ({ url }, plan) => {
      rememberCheckout(plan)
      if (!leaveFor(url)) checkout.reset()
    },
    onError: (failure) => {
      setChosen(null)
      toast(messageOf(failure))
    },
  })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading plans')} rows={6} />
  const plans = data.items.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
  const yearly = plans.some(({ prices }) => prices?.amounts.year)

  function choose(plan: Plan) {
    if (subscribed) setChosen(plan)
    else if (plan.id !== 'free') checkout.mutate(plan.id)
  }

  const going = (plan: Plan) => checkout.variables === plan.id && (checkout.isPending || checkout.isSuccess)
  return (
    <div className="@container flex flex-col gap-5">
      {subscription.billing && yearly && (
        <Segments
          label={say('Paid')}
          value={interval}
          onChange={setInterval}
          options={[
            { value: 'month', name: say('Monthly') },
            { value: 'year', name: say('Yearly') },
          ]}
        />
      )}
      <ul aria-label={say('Plans')} className="grid gap-4 @2xl:grid-cols-3">
        {plans.map((plan) => (
          <PlanCard
            key={plan.id}
            plan={plan}
            interval={interval}
            trialDays={offered(plan, interval, subscription) ? subscription.trialDays : 0}
            action={
              offered(plan, interval, subscription) && (
                <Button look="primary" busy={going(plan)} onClick={() => choose(plan)}>
                  {actionName(plan, subscription)}
                </Button>
              )
            }
          />
        ))}
      </ul>
      {chosen && chosen.id !== 'free' && (
        <ConfirmDialog
          title={say('Change to {plan}?', { plan: planNames[chosen.id] })}
          action={say('Change plan')}
          look="primary"
          busy={going(chosen)}
          onConfirm={() => checkout.mutate(chosen.id as 'pro' | 'enterprise')}
          onClose={() => setChosen(null)}
        >
          {say(
            'It acts at once. What you have paid for the rest of this period counts towards the new plan; the difference stands on your next invoice.',
          )}
        </ConfirmDialog>
      )}
    </div>
  )
}

/** Free is reached by cancelling, in the portal. */
function offered({ id, prices, current }: Plan, interval: Interval, subscription: Subscription): boolean {
  if (!subscription.billing || id === 'free' || !prices?.amounts[interval]) return false
  return !current || (subscription.source === 'stripe' && subscription.interval !== null && subscription.interval !== interval)
}

function actionName({ id, current }: Plan, { plan }: Subscription): string {
  if (current) return say('Change how you pay')
  return order.indexOf(id) > order.indexOf(plan)
    ? say('Upgrade to {plan}', { plan: planNames[id] })
    : say('Change to {plan}', { plan: planNames[id] })
}
