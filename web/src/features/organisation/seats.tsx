import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { leaveForPage } from '#lib/hosted-page.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { BuySeats } from './buy-seats.tsx'
import { seatsQuery } from './queries.ts'
import { SeatsReturn } from './seats-return.tsx'
import { say } from '#words/say.ts'

const waiting = ['unpaid', 'incomplete', 'paused']

/** What the organisation pays for, and the way to more. */
export function Seats({ organisation }: { organisation: Organisation }) {
  const { data, error, refetch } = useQuery(seatsQuery(organisation.id))
  const [isBuying, setBuying] = useState(false)
  const portal = useMutation({
    mutationFn: () => call(endpoints.organisationPortal, { params: { id: organisation.id } }),
    onSuccess: ({ url }) => {
      if (leaveForPage(url)) return
      portal.reset()
      toast(say('The payment page cannot be opened. Try again in a moment.'))
    },
    onError: (failure) => toast(messageOf(failure)),
  })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading')} rows={2} />
  if (!data.billing)
    return (
      <p className="text-muted">
        {say('Billing is off in this installation: nothing is sold here.')} {say('An administrator of this installation gives more.')}
      </p>
    )
  const { status, interval, currentPeriodEndsAt, cancelAtPeriodEnd, graceEndsAt } = data
  const date = currentPeriodEndsAt && formatDate(currentPeriodEndsAt)
  const isLive = status === 'active' || status === 'past_due' || status === 'trialing'
  return (
    <div className="flex max-w-2xl flex-col items-start gap-4">
      <SeatsReturn id={organisation.id} />
      {status === 'active' && !cancelAtPeriodEnd && date && (
        <p className="text-muted">
          {interval === 'year' ? say('Paid yearly; renews on {date}', { date }) : say('Paid monthly; renews on {date}', { date })}
        </p>
      )}
      {isLive && cancelAtPeriodEnd && date && (
        <Notice look="warn">{say('Cancelled: the seats stay until {date}. Then nobody has one, and all stay members.', { date })}</Notice>
      )}
      {status === 'past_due' && graceEndsAt && (
        <Notice look="danger">
          {say('The last payment failed. The seats stay until {date}: look at the payment method.', { date: formatDate(graceEndsAt) })}
        </Notice>
      )}
      {waiting.includes(status) && <Notice look="danger">{say('The seats wait for a payment: look at it.')}</Notice>}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={() => setBuying(true)}>
          {isLive ? say('Change seats') : say('Buy seats')}
        </Button>
        {status !== 'none' && (
          <Button busy={portal.isPending || portal.isSuccess} onClick={() => portal.mutate()}>
            {say('Manage subscription')}
          </Button>
        )}
      </div>
      {isBuying && <BuySeats organisation={organisation} subscription={data} onClose={() => setBuying(false)} />}
    </div>
  )
}
