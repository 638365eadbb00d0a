import { createHash } from 'node:crypto'
import { Interval, type Invoice, SubscriptionStatus } from '@jarvis/contracts/billing.ts'
import { Stripe } from 'stripe'
import { type Dispatcher, fetch as dispatch } from 'undici'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { amountOf, microUsdOf } from './amount.ts'
import type { CheckoutOrder, Holder, PaidSubscription, Payments } from './index.ts'
import { readStripeEvent } from './stripe-event.ts'

export type StripeOptions = {
  secretKey: string
  webhookSecret: string
  apiBase: string
  /** Hosts, with what is below them, whose pages people are sent to, over https. With none, as with a simulator, any. */
  pageHosts?: readonly string[]
  dispatcher?: Dispatcher
}

/** Stripe waits twenty seconds for the answer to a webhook, and that has such a call in it. */
const callMsMax = 8_000
const retriesMax = 1
const invoicesMax = 24
const appInfo = { name: 'Jarvis' }

/** The SDK's own client knows no proxy. */
const through = (dispatcher: Dispatcher): typeof fetch =>
  (async (url: string, init: object) => await dispatch(url, { ...init, dispatcher })) as unknown as typeof fetch

/** Stripe by its SDK, which brings the API version. */
export function createStripePayments({ secretKey, webhookSecret, apiBase, pageHosts = [], dispatcher }: StripeOptions): Payments {
  const { hostname, port, protocol } = new URL(apiBase)
  const stripe = new Stripe(secretKey, {
    host: hostname,
    ...(port && { port }),
    protocol: protocol === 'http:' ? 'http' : 'https',
    timeout: callMsMax,
    maxNetworkRetries: retriesMax,
    telemetry: false,
    ...(dispatcher && { httpClient: Stripe.createFetchHttpClient(through(dispatcher)) }),
    appInfo,
  })

  function isTheirs(page: string): boolean {
    const url = URL.parse(page)
    if (pageHosts.length === 0) return url !== null && ['https:', 'http:'].includes(url.protocol)
    return url?.protocol === 'https:' && pageHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
  }

  /** What people are sent to, if it is a page of Stripe's. @throws payment_provider_failed */
  function pageOf(url: string | null): string {
    if (url && isTheirs(url)) return url
    const cause = url === null ? undefined : new Error(`Stripe sent to ${URL.parse(url)?.origin}: see STRIPE_CUSTOM_DOMAIN`)
    throw new AppError('payment_provider_failed', 'The payment provider gave no page that is its own. Try again in a moment.', { cause })
  }

  /** Two who ask at once get the same page: the key is made of what both see. */
  async function openCheckout(order: CheckoutOrder): Promise<string> {
    const { customerId, priceId, quantity = 1 } = order
    const holder = holderOf(order)
    const { data: earlier } = await stripe.checkout.sessions.list({ customer: customerId, limit: 10 })
    const open = earlier.filter(({ status }) => status === 'open')
    const same = open.find(
      (session) => session.metadata?.priceId === priceId && (session.metadata.quantity ?? '1') === String(quantity) && session.url,
    )
    if (same?.url) return pageOf(same.url)
    // One page at a time: a person who pays on two of them would have two subscriptions.
    for (const { id } of open) await stripe.checkout.sessions.expire(id, {}, onceFor('expire', id)).catch(ignoreMissing)
    const metadata = { ...holder, priceId, quantity: String(quantity) }
    const { url } = await stripe.checkout.sessions.create(
      {
        mode: 'subscription',
        customer: customerId,
        client_reference_id: idOf(order),
        line_items: [{ price: priceId, quantity }],
        allow_promotion_codes: true,
        metadata,
        subscription_data: { metadata: holder, ...(order.trialDays > 0 && { trial_period_days: order.trialDays }) },
        ...(order.automaticTax && {
          automatic_tax: { enabled: true },
          customer_update: { address: 'auto', name: 'auto' },
          tax_id_collection: { enabled: true },
        }),
        success_url: order.successUrl,
        cancel_url: order.cancelUrl,
      },
      onceFor('checkout', customerId, priceId, String(quantity), String(order.trialDays), earlier[0]?.id ?? 'first'),
    )
    return pageOf(url)
  }

  return {
    enabled: true,

    createCustomer: ({ email, name, ...holder }) =>
      asked(async () => {
        // Stripe remembers keys for a day, and would give again a customer that was deleted in the meantime.
        const hour = new Date().toISOString().slice(0, 13)
        return (
          await stripe.customers.create(
            { ...(email && { email }), name, metadata: holder },
            onceFor('customer', idOf(holder), email ?? '', name, hour),
          )
        ).id
      }),

    openCheckout: (order) => asked(() => openCheckout(order)),

    change: (subscription, { priceId, quantity }) =>
      asked(async () => {
        // Each change makes an invoice, but in a trial: there and back and there again is then three changes, not the first one repeated.
        const since = subscription.status === 'trialing' ? newId() : (subscription.latestInvoiceId ?? '')
        const key = onceFor('change', subscription.id, subscription.priceId, String(subscription.quantity), priceId, String(quantity), since)
        await stripe.subscriptions.update(
          subscription.id,
          {
            items: [{ id: subscription.itemId, price: priceId, quantity }],
            proration_behavior: 'always_invoice',
            payment_behavior: 'error_if_incomplete',
            // Who picks a plan means to keep it.
            ...(subscription.cancelAtPeriodEnd && { cancel_at_period_end: false }),
          },
          key,
        )
      }),

    // A page each time: an older one may have run out.
    openPortal: (customer, returnUrl) =>
      asked(async () => pageOf((await stripe.billingPortal.sessions.create({ customer, return_url: returnUrl }, onceFor('portal', newId()))).url)),

    subscriptionsOf: (customer) =>
      asked(async () => {
        const all = stripe.subscriptions.list({ customer, status: 'all', limit: 100, expand: ['data.latest_invoice'] })
        return (await all.autoPagingToArray({ limit: 1000 }).catch(ignoreMissing))?.flatMap(toSubscription) ?? []
      }),

    async *liveSubscriptions() {
      let after: string | undefined
      do {
        const page = await asked(() => stripe.subscriptions.list({ limit: 100, ...(after && { starting_after: after }) }))
        for (const subscription of page.data) yield* toSubscription(subscription)
        after = page.has_more ? page.data.at(-1)?.id : undefined
      } while (after)
    },

    invoicesOf: (customer) =>
      asked(async () =>
        (await stripe.invoices.list({ customer, limit: invoicesMax })).data
          .filter(({ status }) => status !== 'draft')
          .map((invoice) => toInvoice(invoice, isTheirs)),
      ),

    endCustomer: (customer) =>
      asked(async () => {
        const live = await stripe.subscriptions.list({ customer, limit: 100 }).catch(ignoreMissing)
        for (const { id } of live?.data ?? []) await stripe.subscriptions.cancel(id, {}, onceFor('end', id)).catch(ignoreMissing)
        await stripe.customers.del(customer, {}, onceFor('forget', customer)).catch(ignoreMissing)
      }),

    price: (priceId) => asked(async () => toAmount(await stripe.prices.retrieve(priceId))),

    customerOfCharge: (chargeId) =>
      asked(async () => {
        const customer = (await stripe.charges.retrieve(chargeId).catch(ignoreMissing))?.customer
        return typeof customer === 'string' ? customer : (customer?.id ?? null)
      }),

    readEvent: (body, signature) => readStripeEvent(stripe, webhookSecret, body, signature),
  }
}

const holderOf = (one: Holder): Record<string, string> => ('userId' in one ? { userId: one.userId } : { organisationId: one.organisationId })
const idOf = (one: Holder) => ('userId' in one ? one.userId : one.organisationId)

/** Our own ids, hashed: Stripe takes 255 characters, and an email is nobody's business. */
function onceFor(...parts: string[]): { idempotencyKey: string } {
  return { idempotencyKey: `jarvis-${parts[0]}-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}` }
}

async function asked<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    throw error instanceof Stripe.errors.StripeError ? toAppError(error) : error
  }
}

/** Stripe's errors hold request headers and bodies: only what names the fault goes to the log. */
function toAppError(error: InstanceType<typeof Stripe.errors.StripeError>): AppError {
  const cause = new Error(`${error.type}${error.code ? ` ${error.code}` : ''}: ${error.message} (${error.requestId ?? 'no request id'})`)
  if (error instanceof Stripe.errors.StripeCardError) {
    return new AppError('invalid_request', 'The card was declined, and nothing has changed. Change the card on the billing page and try again.', {
      cause,
    })
  }
  const isRefusal = [Stripe.errors.StripeInvalidRequestError, Stripe.errors.StripeAuthenticationError, Stripe.errors.StripePermissionError]
  const message = isRefusal.some((kind) => error instanceof kind)
    ? 'The payment provider refused what Jarvis asked. An administrator finds the reason in the log.'
    : 'The payment provider cannot be reached right now. Try again in a moment.'
  return new AppError('payment_provider_failed', message, { cause })
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing') return undefined
  throw error
}

function toSubscription(subscription: Stripe.Subscription): PaidSubscription[] {
  const [item] = subscription.items.data
  if (!item) return []
  const { latest_invoice: latest, customer } = subscription
  const unpaid = latest && typeof latest !== 'string' && latest.status === 'open'
  return [
    {
      id: subscription.id,
      customerId: typeof customer === 'string' ? customer : customer.id,
      // A status that Stripe invents later gives no plan until it is known here.
      status: SubscriptionStatus.safeParse(subscription.status).data ?? 'incomplete',
      itemId: item.id,
      priceId: item.price.id,
      quantity: item.quantity ?? 1,
      interval: Interval.safeParse(item.price.recurring?.interval).data ?? null,
      priceMicroUsd: toMicroUsd(item.price),
      currentPeriodEndsAt: toDate(item.current_period_end),
      cancelAtPeriodEnd: subscription.cancel_at_period_end || subscription.cancel_at !== null,
      trialEndsAt: toDate(subscription.trial_end),
      createdAt: new Date(subscription.created * 1000),
      latestInvoiceId: typeof latest === 'string' ? latest : (latest?.id ?? null),
      unpaidSince: unpaid ? toDate(latest.created) : null,
    },
  ]
}

const toInvoice = (invoice: Stripe.Invoice, isTheirs: (url: string) => boolean): Invoice => ({
  id: invoice.id,
  number: invoice.number,
  status: invoice.status ?? 'draft',
  total: amountOf(invoice.currency, invoice.total),
  totalMicroUsd: microUsdOf(amountOf(invoice.currency, invoice.total)),
  createdAt: new Date(invoice.created * 1000).toISOString(),
  url: invoice.hosted_invoice_url && isTheirs(invoice.hosted_invoice_url) ? invoice.hosted_invoice_url : null,
})

const toAmount = ({ currency, unit_amount: smallest }: Stripe.Price) => (smallest === null ? null : amountOf(currency, smallest))
const toMicroUsd = (price: Stripe.Price) => {
  const amount = toAmount(price)
  return amount && microUsdOf(amount)
}
const toDate = (seconds: number | null | undefined) => (seconds ? new Date(seconds * 1000) : null)
