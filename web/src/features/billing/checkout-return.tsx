import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { refreshOffers, subscriptionQuery } from '#lib/offers.ts'
import { planNames } from '#lib/plan-names.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { Spinner } from '#ui/spinner.tsx'
import { expectedPlan, forgetCheckout } from './hosted.ts'
import { say } from '#words/say.ts'

export type CheckoutOutcome = 'success' | 'cancelled'

const pollMs = 1500
/** The provider usually tells us within seconds; after this long one may as well come back later. */
const patienceMs = 60_000

/** Back from the payment page: the plan changes when the provider has told us, which may be a moment after the person is back. */
export function CheckoutReturn({ outcome, onDone }: { outcome: CheckoutOutcome; onDone: () => void }) {
  const dismiss = (
    <Button look="bare" className="min-h-9 px-3 text-sm" onClick={onDone}>
      {say('Dismiss')}
    </Button>
  )
  if (outcome === 'cancelled') return <Notice action={dismiss}>{say('You left the payment page. Nothing was changed and nothing charged.')}</Notice>
  return <Awaited dismiss={dismiss} />
}

function Awaited({ dismiss }: { dismiss: React.ReactNode }) {
  const [expected] = useState(expectedPlan)
  const [late, setLate] = useState(false)
  const { data } = useQuery({
    ...subscriptionQuery,
    refetchInterval: ({ state }) => (hasCome(state.data, expected) ? false : pollMs),
  })
  const come = hasCome(data, expected)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    if (!come) return
    forgetCheckout()
    void refreshOffers()
  }, [come])
  return (
    <div role="status">
      {come && data ? (
        <Notice action={dismiss}>{say('Thank you. You are on the {plan} plan now.', { plan: planNames[data.plan] })}</Notice>
      ) : (
        <Notice>
          <span className="flex items-center gap-2">
            <Spinner className="size-3.5" />
            {late
              ? say('The payment is taking longer than usual. You can leave this page: your plan changes as soon as it has arrived.')
              : say('Waiting for the payment to arrive…')}
          </span>
        </Notice>
      )}
    </div>
  )
}

type Known = { plan: string; source: string; status: string } | undefined

function hasCome(subscription: Known, expected: string | null): boolean {
  if (!subscription || subscription.source !== 'stripe' || !['active', 'trialing'].includes(subscription.status)) return false
  return expected === null || subscription.plan === expected
}
