import type { Interval } from '@jarvis/contracts/billing.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { OrganisationSubscription } from '@jarvis/contracts/organisation-billing.ts'
import type { Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { leaveForPage } from '#lib/hosted-page.ts'
import { formatAmount, shareOf } from '#lib/money.ts'
import { plansQuery } from '#lib/offers.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { parseUrl } from '#lib/url.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshOrganisation } from './queries.ts'
import { say } from '#words/say.ts'

type Paid = 'pro' | 'enterprise'
type BuySeatsProps = { organisation: Organisation; subscription: OrganisationSubscription; onClose: () => void }

/** How many, of which plan; what follows is said before it happens. */
export function BuySeats({ organisation: { id, members, seatsTaken }, subscription, onClose }: BuySeatsProps) {
  const isLive = subscription.status === 'active' || subscription.status === 'trialing'
  const [plan, setPlan] = useState<Paid>(subscription.plan === 'enterprise' ? 'enterprise' : 'pro')
  const [interval, setInterval] = useState<Interval>(subscription.interval ?? 'month')
  const [text, setText] = useState(String(subscription.seats > 0 ? subscription.seats : members))
  const plans = useQuery(plansQuery).data?.items ?? []
  const amount = plans.find((one) => one.id === plan)?.prices?.amounts[interval]
  const seats = /^[1-9]\d{0,5}$/.test(text.trim()) && Number(text) <= 100_000 ? Number(text) : undefined
  const losing = seats === undefined ? 0 : Math.max(0, seatsTaken - seats)
  const total = amount && seats !== undefined ? formatAmount(shareOf(amount, 1 / seats)) : undefined
  const buy = useMutation({
    mutationFn: (seats: number) =>
      call(endpoints.organisationCheckout, { params: { id }, body: { plan, interval, seats, ...(losing > 0 && { losing }) } }),
    async onSuccess({ url }) {
      // It was changed at once: the address is this page.
      if (isLive && parseUrl(url, location.href)?.pathname === '/organisation') {
        await refreshOrganisation()
        toast(say('Changed. It acts at once.'))
        return onClose()
      }
      if (!leaveForPage(url)) toast(say('The payment page cannot be opened. Try again in a moment.'))
    },
  })
  return (
    <Dialog title={isLive ? say('Change seats') : say('Buy seats')} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (seats !== undefined) buy.mutate(seats)
        }}
      >
        <Select
          label={say('Plan of a seat')}
          value={plan}
          options={(['pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] }))}
          onChange={setPlan}
        />
        <Select
          label={say('Paid')}
          value={interval}
          options={[
            { value: 'month', name: say('Monthly') },
            { value: 'year', name: say('Yearly') },
          ]}
          onChange={setInterval}
        />
        <Field
          label={say('Seats')}
          inputMode="numeric"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={seats === undefined ? say('A whole number from 1 to 100,000.') : undefined}
          hint={say('Who joined first gets one first. Without a seat everybody pays for themselves.')}
        />
        {total && (
          <p className="font-medium tabular-nums">
            {interval === 'year' ? say('{amount} a year in all', { amount: total }) : say('{amount} a month in all', { amount: total })}
          </p>
        )}
        {losing > 0 && (
          <Notice look="warn">
            {say('{losing} of those who have a seat lose it, who joined last first. They stay members, and use Jarvis by their own plan.', {
              losing,
            })}
          </Notice>
        )}
        {isLive && (
          <p className="text-sm text-muted">
            {say('It acts at once. What is paid for the rest of the period counts towards it; the difference stands on the next invoice.')}
          </p>
        )}
        {buy.error && <Notice look="danger">{messageOf(buy.error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={buy.isPending} disabled={seats === undefined}>
            {isLive ? say('Change seats') : say('Go to payment')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
