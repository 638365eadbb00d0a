import { createHmac } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { stripeEvents, subscriptions } from '#ports/database/tables.ts'
import type { Resource } from '../../simulators/stripe/state.ts'
import { startStripe, type StripeSimulator } from '../../simulators/stripe/stripe.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const webhook = '/api/v1/billing/webhook'
const secret = 'whsec_simulated'
const lines: string[] = []

let stripe: StripeSimulator
let app: TestApp
let person: Awaited<ReturnType<TestApp['signUp']>>
let event: Resource

beforeAll(async () => {
  stripe = await startStripe()
  app = await startTestApp(stripe.settings, { log: createLog('info', { write: (line) => void lines.push(line) }) })
  person = await app.signUp()
  stripe.webhooks.hold(true)
  const { body } = await person.post('/api/v1/billing/checkout', { plan: 'pro', interval: 'month' })
  await fetch(body.url, { method: 'POST', body: new URLSearchParams({ action: 'pay' }), redirect: 'manual' })
  event = stripe.webhooks.hold(true).find(({ type }) => type === 'customer.subscription.created')!
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await stripe?.[Symbol.asyncDispose]()
})

type Change = { body?: string | Buffer; signature?: string | null; ageSeconds?: number; secret?: string; contentType?: string }

async function post(change: Change = {}) {
  const body = Buffer.from(change.body ?? JSON.stringify(event))
  const timestamp = Math.floor(Date.now() / 1000) - (change.ageSeconds ?? 0)
  const mac = createHmac('sha256', change.secret ?? secret)
    .update(`${timestamp}.`)
    .update(body)
    .digest('hex')
  const signature = change.signature === undefined ? `t=${timestamp},v1=${mac}` : change.signature
  const answer = await fetch(app.url + webhook, {
    method: 'POST',
    headers: { 'content-type': change.contentType ?? 'application/json', ...(signature !== null && { 'stripe-signature': signature }) },
    body,
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** The event, about another object. */
const about = (fields: object, type = event.type) =>
  JSON.stringify({ ...event, id: `evt_${crypto.randomUUID()}`, type, data: { object: { ...event.data.object, ...fields } } })
const foreignItems = { items: { object: 'list', data: [{ id: 'si_1', price: { id: 'price_foreign' } }] } }

test.each<[string, () => Change, RegExp]>([
  ['no signature', () => ({ signature: null }), /Stripe-Signature is missing/],
  ['a signature by another secret', () => ({ secret: 'whsec_other' }), /does not match/],
  ['a signature that is none', () => ({ signature: 'hello' }), /does not match/],
  ['a signature over another body', () => ({ signature: 't=1,v1=00' }), /does not match/],
  ['a timestamp of six minutes ago', () => ({ ageSeconds: 360 }), /older than five minutes/],
  ['a timestamp in six minutes', () => ({ ageSeconds: -360 }), /from the future/],
  ['a body that is not UTF-8', () => ({ body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }), /UTF-8/],
  ['a body that is not JSON', () => ({ body: '{"id":' }), /not valid JSON/],
  ['an empty body', () => ({ body: '' }), /does not match/],
  ['JSON that is no event', () => ({ body: '{"id":"evt_1"}' }), /not an event/],
  ['a huge body', () => ({ body: about({ metadata: { filler: 'x'.repeat(1024 * 1024) } }) }), /larger than 1 MiB/],
])('a webhook with %s is a clear 400 that changes nothing and tells the log no secret', async (_name, change, detail) => {
  lines.length = 0
  const { status, body } = await post(change())
  expect(status).toBe(400)
  expect(body).toMatchObject({ code: 'invalid_request', detail: expect.stringMatching(detail) })
  expect(lines.join('')).toContain('webhook refused')
  expect(lines.join('')).not.toMatch(/whsec_|sk_test|example\.org|v1=/)
  expect((await person.get('/api/v1/billing/subscription')).body).toMatchObject({ plan: 'free', status: 'none' })
  expect(await app.database.db.select().from(stripeEvents)).toEqual([])
})

test.each<[string, () => string]>([
  ['a customer that nobody has', () => about({ customer: 'cus_nobody' })],
  ['no customer at all', () => about({ customer: null })],
  ['a price of something else', () => about(foreignItems)],
  [
    'a refund to somebody else’s customer',
    () => about({ id: 'ch_9', object: 'charge', customer: 'cus_nobody', amount_refunded: 5 }, 'charge.refunded'),
  ],
  [
    'a dispute about a charge that is not there',
    () => about({ id: 'dp_9', object: 'dispute', customer: undefined, charge: 'ch_nobody', amount: 5 }, 'charge.dispute.created'),
  ],
])('a webhook with %s is accepted with a note in the log, and changes nothing', async (_name, body) => {
  lines.length = 0
  expect(await post({ body: body() })).toMatchObject({ status: 200, body: { received: true } })
  expect((await person.get('/api/v1/billing/subscription')).body).toMatchObject({ plan: 'free', status: 'none' })
  expect(await app.database.db.select().from(stripeEvents)).toEqual([])
  if (_name !== 'no customer at all') expect(lines.join('')).toContain('webhook left alone')
})

test('a subscription that Stripe now has at a foreign price gives no plan, whatever the event says', async () => {
  const remote = stripe.state.find('subscription', event.data.object.id)!
  const { price } = stripe.billing.itemOf(remote)
  stripe.billing.itemOf(remote).price = { ...price, id: 'price_foreign' }
  lines.length = 0
  expect(await post()).toMatchObject({ status: 200 })
  expect(lines.join('')).toContain('belongs to no plan')
  expect((await person.get('/api/v1/billing/subscription')).body).toMatchObject({ plan: 'free', status: 'none' })
  expect(await app.database.db.select().from(stripeEvents)).toEqual([])
  stripe.billing.itemOf(remote).price = price
})

test('with Stripe away the webhook is not accepted, so that Stripe sends it again', async () => {
  stripe.faults.failing = 1000
  expect(await post()).toMatchObject({ status: 502, body: { code: 'payment_provider_failed' } })
  stripe.faults.failing = 0
  expect(await app.database.db.select().from(stripeEvents)).toEqual([])
})

test.each([
  [
    'an event that Jarvis has no use for',
    () => JSON.stringify({ ...event, id: 'evt_charge', type: 'charge.succeeded', data: { object: { id: 'ch_1', object: 'charge' } } }),
  ],
  [
    'an event of a kind that does not exist yet',
    () => JSON.stringify({ ...event, id: 'evt_new', type: 'moon.landed', data: { object: { object: 'moon' } } }),
  ],
  [
    'an object that uses our names for other things',
    () =>
      JSON.stringify({
        ...event,
        id: 'evt_other',
        type: 'radar.thing',
        data: { object: { object: 'thing', status: {}, items: [1], reason: 5, amount: '5', customer: 7, parent: 'p' } },
      }),
  ],
  [
    'an invoice that belongs to no subscription',
    () =>
      JSON.stringify({ ...event, id: 'evt_in', type: 'invoice.paid', data: { object: { id: 'in_1', object: 'invoice', customer: 'cus_nobody' } } }),
  ],
  [
    'a thin event of Stripe’s second version',
    () =>
      JSON.stringify({
        ...event,
        id: 'evt_v2',
        object: 'v2.core.event',
        type: 'v1.billing.meter.error',
        data: undefined,
        related_object: { id: 'x' },
      }),
  ],
  ['an event without an object', () => JSON.stringify({ ...event, id: 'evt_none', type: 'charge.refunded', data: { object: null } })],
  [
    'a refund of a charge that Stripe does not have',
    () => about({ id: 'ch_gone', object: 'charge', customer: 'cus_gone', currency: 'zzzz', amount_refunded: -1.5, status: 7 }, 'charge.refunded'),
  ],
  [
    'a refund without amount and currency',
    () => about({ id: 'ch_gone', object: 'charge', customer: undefined, amount_refunded: undefined, currency: undefined }, 'charge.refunded'),
  ],
  [
    'a dispute of a charge that Stripe does not have',
    () =>
      about(
        { id: 'dp_gone', object: 'dispute', customer: undefined, charge: 'ch_gone', currency: 'eur', amount: 1e300, status: 'x'.repeat(5000) },
        'charge.dispute.created',
      ),
  ],
  [
    'a subscription that is not there',
    () => about({ id: 'sub_gone', object: 'subscription', customer: 'cus_gone' }, 'customer.subscription.updated'),
  ],
  [
    'a customer written out',
    () =>
      about(
        { id: 'sub_gone', object: 'subscription', customer: { id: 'cus_gone', object: 'customer', deleted: true } },
        'customer.subscription.deleted',
      ),
  ],
  [
    'an event of a connected account',
    () =>
      JSON.stringify({
        ...event,
        id: 'evt_acct',
        account: 'acct_1',
        type: 'customer.subscription.created',
        data: { object: { id: 'sub_x', object: 'subscription', customer: 'cus_x' } },
      }),
  ],
])('%s is accepted and left alone', async (_name, body) => {
  expect(await post({ body: body() })).toMatchObject({ status: 200, body: { received: true } })
  expect(await app.database.db.select().from(stripeEvents)).toEqual([])
})

test('a good event is applied, whatever content type it is said to have', async () => {
  expect(await post({ contentType: 'text/plain' })).toMatchObject({ status: 200, body: { received: true } })
  expect((await person.get('/api/v1/billing/subscription')).body).toMatchObject({ plan: 'pro', status: 'active' })
  const [row] = await app.database.db.select().from(subscriptions).where(eq(subscriptions.userId, person.user.id))
  await post()
  const [again] = await app.database.db.select().from(subscriptions).where(eq(subscriptions.userId, person.user.id))
  expect(again).toEqual(row)
})

test('a refund and a dispute reach the administrator once, with the amount in its currency', async () => {
  const customer = event.data.object.customer as string
  const { id: charge } = stripe.state.add('charge', { customer })
  const refund = about({ id: charge, object: 'charge', customer, currency: 'jpy', amount_refunded: 3000, status: 'succeeded' }, 'charge.refunded')
  const dispute = about(
    { id: 'dp_1', object: 'dispute', customer: undefined, charge, currency: 'eur', amount: 1900, status: 'needs_response', reason: 'fraudulent' },
    'charge.dispute.created',
  )
  const closed = about(
    { id: 'dp_1', object: 'dispute', customer: undefined, charge, currency: 'eur', amount: 1900, status: 'lost' },
    'charge.dispute.closed',
  )
  for (const body of [refund, refund, dispute, closed]) expect(await post({ body })).toMatchObject({ status: 200 })
  const seen = async (action: string) => (await person.get(`/api/v1/admin/audit?action=${action}`)).body.items as object[]
  const target = person.user.id
  expect(await seen('payment.refund')).toMatchObject([{ target, details: { charge, amount: '3000 JPY' } }])
  expect(await seen('payment.dispute')).toMatchObject([
    { target, details: { charge, amount: '19.00 EUR', status: 'lost' } },
    { target, details: { charge, amount: '19.00 EUR', status: 'needs_response', reason: 'fraudulent' } },
  ])
  expect((await person.get('/api/v1/admin/stats')).body.payments).toEqual({ refunds30Days: 1, disputes30Days: 1 })
  expect((await person.get('/api/v1/billing/subscription')).body).toMatchObject({ plan: 'pro', status: 'active' })
})

test('without Stripe settings billing says that it is off, and an administrator still gives plans', async () => {
  await using without = await startTestApp()
  const someone = await without.signUp()
  expect((await someone.get('/api/v1/billing/subscription')).body).toMatchObject({ billing: false, plan: 'free', source: 'none', status: 'none' })
  for (const answer of [
    await someone.post('/api/v1/billing/checkout', { plan: 'pro' }),
    await someone.post('/api/v1/billing/portal'),
    await someone.get('/api/v1/billing/invoices'),
    await someone.post(webhook, event),
  ]) {
    expect(answer).toMatchObject({ status: 409, body: { code: 'billing_disabled' } })
  }
  expect((await without.anyone().get('/api/v1/instance')).body).toMatchObject({ billing: false })
  expect((await someone.get('/api/v1/plans')).body.items).toMatchObject([{ prices: null }, { prices: null }, { prices: null }])
  await without.accounts.change(someone.person.email, { plan: 'pro' })
  expect((await someone.get('/api/v1/billing/subscription')).body).toMatchObject({ plan: 'pro', source: 'admin' })
})

test.each([
  [{ plan: 'free' }, 'plan'],
  [{ plan: 'pro', interval: 'week' }, 'interval'],
  [{ plan: 'pro', price: 'price_1' }, ''],
  [{}, 'plan'],
])('a checkout of %j is refused', async (body, path) => {
  const answer = await person.post('/api/v1/billing/checkout', body)
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } })
})
