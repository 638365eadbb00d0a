import { StripeFault } from './fault.ts'
import type { Resource, State } from './state.ts'

export type Billing = ReturnType<typeof createBilling>
type Start = {
  customer: Resource
  price: Resource
  quantity?: number
  trialDays?: number
  metadata?: object
  discountPercent?: number
  automaticTax?: boolean
}
type PriceChange = { quantity?: number | undefined; proration?: 'create_prorations' | 'always_invoice' | 'none' | undefined; onlyIfPaid?: boolean }

const daySeconds = 86_400
/** Stripe's own test cards, docs.stripe.com/testing: one that is declined at once, one that is declined at the next charge. */
export const cards = { good: '4242424242424242', declined: '4000000000000002', failsLater: '4000000000000341' }
const live = new Set(['trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete'])

/** Subscriptions and their invoices: started, changed with proration, renewed by the clock, ended. */
export function createBilling(state: State) {
  const itemOf = (subscription: Resource): Resource => subscription.items.data[0]
  const customerOf = (subscription: Resource) => state.find('customer', subscription.customer)!
  const changed = (subscription: Resource) => state.emit('customer.subscription.updated', subscription)

  function invoice(subscription: Resource, reason: string, lines: { description: string; amount: number }[], discountPercent = 0): Resource {
    const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0)
    const whole = Math.round(subtotal * (1 - discountPercent / 100))
    const total = Math.max(0, whole)
    // What is owed to the customer stays on their balance, below zero, until a later invoice uses it up.
    const payer = customerOf(subscription)
    const owed = Math.max(0, -(payer.balance ?? 0))
    const used = Math.min(total, owed)
    payer.balance = -(owed - used + Math.max(0, -whole))
    const due = total - used
    const number = `SIM-${String(state.all('invoice').length + 1).padStart(4, '0')}`
    const id = state.newId('invoice')
    const made = state.add('invoice', {
      id,
      amount_due: due,
      amount_paid: 0,
      amount_remaining: due,
      attempt_count: 0,
      billing_reason: reason,
      collection_method: 'charge_automatically',
      currency: subscription.currency,
      customer: subscription.customer,
      customer_email: customerOf(subscription).email,
      hosted_invoice_url: `${state.pagesUrl}/invoice/${id}`,
      invoice_pdf: `${state.pagesUrl}/invoice/${id}.pdf`,
      lines: listOf(lines.map((line, index) => ({ id: `il_${id}_${index}`, object: 'line_item', currency: subscription.currency, ...line }))),
      number,
      parent: {
        type: 'subscription_details',
        quote_details: null,
        subscription_details: { subscription: subscription.id, metadata: subscription.metadata },
      },
      status: 'open',
      status_transitions: { finalized_at: state.now(), paid_at: null, voided_at: null, marked_uncollectible_at: null },
      subtotal,
      total,
    })
    subscription.latest_invoice = id
    state.emit('invoice.created', made)
    state.emit('invoice.finalized', made)
    return made
  }

  /** Whether the customer's card is charged. A bill of nothing is always paid. */
  function collect(made: Resource): boolean {
    made.attempt_count++
    if (
      made.amount_due > 0 &&
      state.find('customer', made.customer)!.sim.card === cards.failsLater &&
      made.billing_reason !== 'subscription_create'
    ) {
      state.emit('invoice.payment_failed', made)
      return false
    }
    Object.assign(made, { status: 'paid', amount_paid: made.amount_due, amount_remaining: 0 })
    made.status_transitions.paid_at = state.now()
    state.emit('invoice.paid', made)
    state.emit('invoice.payment_succeeded', made)
    return true
  }

  function startPeriod(item: Resource, from: number): void {
    Object.assign(item, { current_period_start: from, current_period_end: periodEnd(from, item.price.recurring) })
  }

  function renew(subscription: Resource): void {
    const item = itemOf(subscription)
    const pending: { description: string; amount: number }[] = subscription.sim.pendingLines.splice(0)
    startPeriod(item, item.current_period_end)
    const paid = collect(invoice(subscription, 'subscription_cycle', [...pending, line(item)]))
    subscription.status = paid ? 'active' : 'past_due'
    changed(subscription)
  }

  function end(subscription: Resource, reason: string): Resource {
    Object.assign(subscription, { status: 'canceled', canceled_at: subscription.canceled_at ?? state.now(), ended_at: state.now() })
    subscription.cancellation_details.reason = reason
    state.emit('customer.subscription.deleted', subscription)
    return subscription
  }

  return {
    itemOf,
    end,

    start({ customer, price, quantity = 1, trialDays = 0, metadata = {}, discountPercent = 0, automaticTax = false }: Start): Resource {
      const from = state.now()
      const trialEnd = trialDays > 0 ? from + trialDays * daySeconds : null
      const id = state.newId('subscription')
      const item = {
        id: state.newId('subscription_item'),
        object: 'subscription_item',
        created: from,
        metadata: {},
        price,
        quantity,
        subscription: id,
      }
      startPeriod(item, from)
      if (trialEnd) Object.assign(item, { current_period_end: trialEnd })
      const subscription = state.add('subscription', {
        id,
        automatic_tax: { enabled: automaticTax, disabled_reason: null, liability: null },
        billing_cycle_anchor: trialEnd ?? from,
        cancel_at: null,
        cancel_at_period_end: false,
        canceled_at: null,
        cancellation_details: { comment: null, feedback: null, reason: null },
        collection_method: 'charge_automatically',
        currency: price.currency,
        customer: customer.id,
        discounts: [],
        ended_at: null,
        items: listOf([item]),
        latest_invoice: null,
        metadata,
        pause_collection: null,
        sim: { pendingLines: [] },
        start_date: from,
        status: trialEnd ? 'trialing' : 'active',
        trial_end: trialEnd,
        trial_start: trialEnd ? from : null,
      })
      const first = invoice(subscription, 'subscription_create', [trialEnd ? { ...line(item), amount: 0 } : line(item)], discountPercent)
      state.emit('customer.subscription.created', subscription)
      collect(first)
      return subscription
    },

    /** Another price or quantity: unused time is credited, the rest of the period charged; another interval starts a new period. */
    changePrice(
      subscription: Resource,
      price: Resource,
      { quantity = itemOf(subscription).quantity, proration = 'create_prorations', onlyIfPaid = false }: PriceChange = {},
    ): void {
      const item = itemOf(subscription)
      const [before, had] = [item.price, item.quantity]
      if (before.id === price.id && had === quantity) return
      const costsMore = price.unit_amount * quantity > before.unit_amount * had
      if (costsMore && onlyIfPaid && proration === 'always_invoice' && customerOf(subscription).sim.card === cards.failsLater) {
        throw new StripeFault(402, 'Your card was declined.', { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' })
      }
      const left = Math.max(0, item.current_period_end - state.now()) / (item.current_period_end - item.current_period_start)
      const sameInterval = before.recurring.interval === price.recurring.interval
      Object.assign(item, { price, quantity })
      if (subscription.status === 'trialing') return void changed(subscription)
      const credit = { description: `Unused time on ${had} × ${before.id}`, amount: -Math.round(before.unit_amount * had * left) }
      const charge = sameInterval
        ? { description: `Remaining time on ${quantity} × ${price.id}`, amount: Math.round(price.unit_amount * quantity * left) }
        : line(item)
      if (!sameInterval) startPeriod(item, state.now())
      if (proration === 'create_prorations' && sameInterval) subscription.sim.pendingLines.push(credit, charge)
      else if (proration !== 'none' || !sameInterval) {
        const paid = collect(invoice(subscription, 'subscription_update', proration === 'none' ? [charge] : [credit, charge]))
        if (!paid) subscription.status = 'past_due'
      }
      changed(subscription)
    },

    cancelAtPeriodEnd(subscription: Resource, on: boolean): void {
      if (!live.has(subscription.status)) throw new StripeFault(400, 'A canceled subscription can only update its cancellation_details and metadata.')
      const cancelAt = on ? itemOf(subscription).current_period_end : null
      Object.assign(subscription, { cancel_at_period_end: on, cancel_at: cancelAt, canceled_at: on ? state.now() : null })
      subscription.cancellation_details.reason = on ? 'cancellation_requested' : null
      changed(subscription)
    },

    pause(subscription: Resource): void {
      subscription.status = 'paused'
      state.emit('customer.subscription.paused', subscription)
      changed(subscription)
    },

    resume(subscription: Resource): void {
      if (subscription.status !== 'paused') throw new StripeFault(400, 'This subscription is not paused.')
      subscription.status = 'active'
      state.emit('customer.subscription.resumed', subscription)
      changed(subscription)
    },

    /** The customer mends their card, and what is open is paid. */
    payOpen(subscription: Resource): void {
      customerOf(subscription).sim.card = cards.good
      const open = state.find('invoice', subscription.latest_invoice)!
      if (open.status === 'open' && collect(open)) subscription.status = 'active'
      changed(subscription)
    },

    /** What Stripe does when every retry has failed, as the account's settings say. */
    giveUp(subscription: Resource, as: 'canceled' | 'unpaid'): void {
      if (as === 'canceled') return void end(subscription, 'payment_failed')
      subscription.status = 'unpaid'
      changed(subscription)
    },

    /** Moves the clock, and does what falls due on the way. */
    advance(seconds: number): void {
      const until = state.now() + seconds
      for (;;) {
        const [due] = state
          .all('subscription')
          .filter(({ status, items }) => ['trialing', 'active', 'past_due'].includes(status) && items.data[0].current_period_end <= until)
          .sort((a, b) => itemOf(a).current_period_end - itemOf(b).current_period_end)
        if (!due) break
        state.setNow(itemOf(due).current_period_end)
        if (due.cancel_at_period_end) end(due, 'cancellation_requested')
        else renew(due)
      }
      state.setNow(until)
    },
  }
}

export const listOf = (data: object[], url = '') => ({ object: 'list', data, has_more: false, url })
const line = (item: Resource) => ({
  description: `${item.quantity} × ${item.price.nickname ?? item.price.id}`,
  amount: item.price.unit_amount * item.quantity,
})

function periodEnd(
  from: number,
  { interval, interval_count: count }: { interval: 'day' | 'week' | 'month' | 'year'; interval_count: number },
): number {
  const date = new Date(from * 1000)
  if (interval === 'day' || interval === 'week') return from + count * daySeconds * (interval === 'week' ? 7 : 1)
  const day = date.getUTCDate()
  const month = date.getUTCMonth() + count * (interval === 'year' ? 12 : 1)
  // The 31st of a month that has none is its last day, as with Stripe.
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate()
  const end = new Date(date)
  end.setUTCDate(1)
  end.setUTCMonth(month)
  end.setUTCDate(Math.min(day, lastDay))
  return end.getTime() / 1000
}
