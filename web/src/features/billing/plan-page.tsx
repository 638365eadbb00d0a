import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { subscriptionQuery } from '#lib/offers.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Page, Section } from '#ui/page.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type CheckoutOutcome, CheckoutReturn } from './checkout-return.tsx'
import { CurrentPlan } from './current-plan.tsx'
import { Invoices } from './invoices.tsx'
import { Plans } from './plans.tsx'
import { say } from '#words/say.ts'

export function PlanPage() {
  const { checkout }: { checkout?: CheckoutOutcome } = useSearch({ strict: false })
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(subscriptionQuery)
  return (
    <Page title={say('Plan and billing')} wide>
      {checkout && <CheckoutReturn outcome={checkout} onDone={() => void navigate({ to: '/plan', replace: true })} />}
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label={say('Loading your plan')} rows={6} />}
      {data && (
        <>
          <Section title={say('Your plan')}>
            <CurrentPlan subscription={data} />
            {!data.billing && (
              <Link to="/usage" className="mt-2 inline-flex min-h-10 items-center font-medium text-accent underline underline-offset-4">
                {say('Usage')}
              </Link>
            )}
          </Section>
          <Section title={say('All plans')}>
            <Plans subscription={data} />
          </Section>
          {data.billing && (
            <Section title={say('Invoices')}>
              <Invoices />
            </Section>
          )}
        </>
      )}
    </Page>
  )
}
