import type { Subscription } from '@jarvis/contracts/billing.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { usageQuery } from '#lib/usage.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { leaveFor } from './hosted.ts'
import { Left } from './left.tsx'
import { planNotices } from './plan-notices.ts'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

export function CurrentPlan({ subscription }: { subscription: Subscription }) {
  const { billing, plan, status, interval, currentPeriodEndsAt, cancelAtPeriodEnd } = subscription
  const usage = useQuery(usageQuery())
  const portal = useMutation({
    mutationFn: () => call(endpoints.portal, {}),
    onSuccess: ({ url }) => {
      if (!leaveFor(url)) portal.reset()
    },
    onError: (error) => toast(messageOf(error)),
  })
  const subscribed = billing && status !== 'none'
  const renews = status === 'active' && !cancelAtPeriodEnd && currentPeriodEndsAt
  const manage = (label: string) => (
    <Button busy={portal.isPending || portal.isSuccess} onClick={() => portal.mutate()}>
      {label}
    </Button>
  )
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div>
          <p className="text-lg font-semibold">{planNames[plan]}</p>
          {renews && (
            <p className="text-sm text-muted">
              {interval === 'year'
                ? say('Paid yearly; renews on {date}', { date: formatDate(currentPeriodEndsAt) })
                : say('Paid monthly; renews on {date}', { date: formatDate(currentPeriodEndsAt) })}
            </p>
          )}
        </div>
        {subscribed && manage(say('Manage subscription'))}
      </div>
      {planNotices(subscription).map(({ look, text, pays }) => (
        <Notice key={text} look={look} action={pays && billing && manage(say('Look at the payment'))}>
          {text}
        </Notice>
      ))}
      {!billing && <BillingOff />}
      {usage.error && <ErrorState message={messageOf(usage.error)} onRetry={() => void usage.refetch()} />}
      {usage.isPending && <SkeletonList label={say('Loading usage')} rows={2} />}
      {usage.data && <Left cycle={usage.data.cycle} />}
    </div>
  )
}

const inLink = (words: string) => (
  <Link to="/admin/users" className="text-accent underline decoration-accent-line underline-offset-4">
    {words}
  </Link>
)

function BillingOff() {
  const admin = useUser()?.role === 'admin'
  return (
    <Notice>
      {say('Billing is off in this installation: nothing is sold here.')}{' '}
      {admin
        ? sayWith('You can give plans to people under <link>Administration</link>.', {
            link: inLink,
          })
        : say('An administrator can change your plan.')}
    </Notice>
  )
}
