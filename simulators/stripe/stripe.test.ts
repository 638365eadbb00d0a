import { createServer } from 'node:http'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStripe, type StripeSimulator } from './stripe.ts'

let simulator: StripeSimulator
let stripe: Stripe

beforeAll(async () => {
  simulator = await startStripe()
  const { hostname, port } = new URL(simulator.url)
  stripe = new Stripe(simulator.settings.STRIPE_SECRET_KEY, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false })
})
afterAll(() => simulator[Symbol.asyncDispose]())

async function checkout(fields: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const customer = await stripe.customers.create({ email: 'ada@example.org', metadata: { userId: 'u1' } })
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: 'price_pro_month', quantity: 1 }],
    success_url: 'http://jarvis.test/plan?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://jarvis.test/cancelled',
    ...fields,
  })
  return { customer, session }
}

const submit = (url: string, form: Record<string, string>) => fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })

test('a session that is paid for becomes a subscription, with its period on the item', async () => {
  const { customer, session } = await checkout({ subscription_data: { metadata: { userId: 'u1' } } })
  expect(await (await fetch(session.url!)).text()).toContain('Subscribe')
  const paid = await submit(session.url!, { action: 'pay', card: '4242424242424242' })
  expect(paid.headers.get('location')).toBe(`http://jarvis.test/plan?session=${session.id}`)

  const { data } = await stripe.subscriptions.list({ customer: customer.id, expand: ['data.latest_invoice'] })
  expect(data).toMatchObject([{ status: 'active', metadata: { userId: 'u1' }, latest_invoice: { status: 'paid', total: 2000 } }])
  expect(data[0]!.items.data[0]!.current_period_end).toBeGreaterThan(Date.now() / 1000 + 27 * 86_400)
  expect(data[0]).not.toHaveProperty('sim')
  const { data: events } = await stripe.events.list({ types: ['checkout.session.completed', 'customer.subscription.created'] })
  expect(events.map(({ type }) => type)).toEqual(['checkout.session.completed', 'customer.subscription.created'])
})

test('a declined card and the way back leave the session open', async () => {
  const { session } = await checkout()
  expect((await submit(session.url!, { action: 'pay', card: '4000000000000002' })).status).toBe(402)
  expect((await submit(session.url!, { action: 'cancel' })).headers.get('location')).toBe('http://jarvis.test/cancelled')
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open')
})

test.each([
  [{ colour: 'red' }, 'Received unknown parameter: colour'],
  [{ subscription_data: { trial_days: 3 } }, 'Received unknown parameter: subscription_data[trial_days]'],
  [{ mode: 'subscribe' }, 'Invalid mode: must be one of payment, setup, subscription'],
  [{ automatic_tax: { enabled: true } }, expect.stringContaining('requires a valid address on the Customer')],
  [{ line_items: [{ price: 'price_nobody', quantity: 1 }] }, "No such price: 'price_nobody'"],
])('%j among the parameters is answered as Stripe does', async (fields, message) => {
  await expect(checkout(fields as object)).rejects.toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400, message })
})

test('the same idempotency key gives the first answer, and refuses other parameters', async () => {
  const first = await stripe.customers.create({ email: 'k@example.org' }, { idempotencyKey: 'once' })
  expect((await stripe.customers.create({ email: 'k@example.org' }, { idempotencyKey: 'once' })).id).toBe(first.id)
  await expect(stripe.customers.create({ email: 'other@example.org' }, { idempotencyKey: 'once' })).rejects.toBeInstanceOf(
    Stripe.errors.StripeIdempotencyError,
  )
})

test('another price in the middle of a period credits what is unused and charges the rest', async () => {
  const { customer, session } = await checkout()
  await submit(session.url!, { action: 'pay' })
  const [subscription] = (await stripe.subscriptions.list({ customer: customer.id })).data
  const changed = await stripe.subscriptions.update(subscription!.id, {
    items: [{ id: subscription!.items.data[0]!.id, price: 'price_enterprise_month' }],
    proration_behavior: 'always_invoice',
  })
  expect(changed.items.data[0]!.price.id).toBe('price_enterprise_month')
  const [invoice] = (await stripe.invoices.list({ customer: customer.id })).data
  expect(invoice).toMatchObject({ billing_reason: 'subscription_update', total: 18_000, status: 'paid' })
})

test('time renews, fails and ends subscriptions', async () => {
  const month = 32 * 86_400
  const { customer, session } = await checkout({ subscription_data: { trial_period_days: 7 } })
  await submit(session.url!, { action: 'pay', card: '4000000000000341' })
  const current = async () => (await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data[0]!
  expect((await current()).status).toBe('trialing')
  simulator.billing.advance(8 * 86_400)
  expect((await current()).status).toBe('past_due')
  simulator.billing.payOpen(simulator.state.find('subscription', (await current()).id)!)
  expect((await current()).status).toBe('active')
  await stripe.subscriptions.update((await current()).id, { cancel_at_period_end: true })
  simulator.billing.advance(month)
  expect((await current()).status).toBe('canceled')
})

test('lists go page by page, newest first', async () => {
  const made = []
  for (let index = 0; index < 5; index++) made.push((await stripe.customers.create({ email: 'page@example.org' })).id)
  const listed = []
  for await (const customer of stripe.customers.list({ email: 'page@example.org', limit: 2 })) listed.push(customer.id)
  expect(listed).toEqual(made.toReversed())
})

test('a delivery is signed as the SDK checks it', async () => {
  const [event] = simulator.state.all('event')
  const payloads: { body: string; signature: string }[] = []
  const target = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => (payloads.push({ body, signature: request.headers['stripe-signature'] as string }), response.end()))
  }).listen(0)
  simulator.webhooks.aim(`http://127.0.0.1:${(target.address() as { port: number }).port}/`)
  expect(await simulator.webhooks.deliver([event!], { copies: 2 })).toEqual([200, 200])
  target.close()
  const { body, signature } = payloads[0]!
  expect(stripe.webhooks.constructEvent(body, signature, simulator.settings.STRIPE_WEBHOOK_SECRET).id).toBe(event!.id)
})
