import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { and, eq, isNotNull } from 'drizzle-orm'
import { formerCustomers, stripeEvents, subscriptions, users } from '#ports/database/tables.ts'
import { startStripe, type StripeSimulator } from '../../simulators/stripe/stripe.ts'
import { until } from './cluster/cluster.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const daySeconds = 86_400
const webhook = '/api/v1/billing/webhook'

let stripe: StripeSimulator
let app: TestApp
type Person = Awaited<ReturnType<TestApp['signUp']>>

beforeAll(async () => {
  stripe = await startStripe()
  app = await startTestApp(stripe.settings)
  stripe.webhooks.aim(app.url + webhook)
  await app.signUp() // The first is the administrator.
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await stripe?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  stripe.webhooks.hold(false)
  await stripe.webhooks.settled()
  stripe.state.setNow(Math.floor(Date.now() / 1000))
})

const submit = (url: string, form: Record<string, string>) => fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
const subscriptionOf = async (person: Person) => (await person.get('/api/v1/billing/subscription')).body
const checkout = (person: Person, plan: string, interval = 'month') => person.post('/api/v1/billing/checkout', { plan, interval })
const rowOf = async ({ user }: Pick<Person, 'user'>) =>
  (await app.database.db.select().from(subscriptions).where(eq(subscriptions.userId, user.id)))[0]
const transitionsOf = async ({ user }: Pick<Person, 'user'>) =>
  (await app.auditRows()).filter(({ action, target }) => action === 'subscription.changed' && target === user.id)
const remoteOf = async (person: Pick<Person, 'user'>) => stripe.state.find('subscription', (await rowOf(person))!.subscriptionId!)!

/** A person who has paid, with what Stripe reported of it held back when asked. */
async function subscriber(plan = 'pro', card = '4242424242424242'): Promise<Person> {
  const person = await app.signUp()
  const { status, body } = await checkout(person, plan)
  if (status !== 200) throw new Error(`checkout answered ${status}: ${JSON.stringify(body)}`)
  await submit(body.url, { action: 'pay', card })
  await stripe.webhooks.settled()
  return person
}

/** Somebody who is only a row: signing up takes a password, and that takes time. */
async function buyer(): Promise<Pick<Person, 'user'>> {
  const id = crypto.randomUUID()
  await app.database.db.insert(users).values({ id, email: `${id}@example.org`, name: 'Buyer', passwordHash: '', role: 'user' })
  return { user: { id, role: 'user' } }
}

/** What is stored of somebody, without names and dates of their own, and the plan that acts. */
async function stateOf(person: Pick<Person, 'user'>) {
  const [user] = await app.database.db.select({ acts: users.plan, source: users.planSource }).from(users).where(eq(users.id, person.user.id))
  const { status, plan, priceId, interval, priceMicroUsd, cancelAtPeriodEnd, trialEndsAt, graceEndsAt } = (await rowOf(person))!
  return { status, plan, priceId, interval, priceMicroUsd, cancelAtPeriodEnd, trialEndsAt, graceEndsAt, ...user }
}

test('checkout, the page to pay on, the webhook: the plan is pro, and open sockets hear of it', async () => {
  const person = await app.signUp()
  const socket = await person.socket()
  const asked = await checkout(person, 'pro')
  expect(asked.status).toBe(200)
  expect(await subscriptionOf(person)).toMatchObject({ billing: true, plan: 'free', source: 'none', status: 'none' })

  const paid = await submit(asked.body.url, { action: 'pay', card: '4242424242424242' })
  expect(paid.headers.get('location')).toMatch(/\/plan\?checkout=success$/)
  await socket.next('user', ({ user }) => user.plan === 'pro')
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', source: 'stripe', status: 'active', interval: 'month', cancelAtPeriodEnd: false })
  expect((await person.get('/api/v1/models')).body.items.length).toBeGreaterThan(0)
  expect((await person.get('/api/v1/billing/invoices')).body.items).toMatchObject([{ status: 'paid', totalMicroUsd: 20_000_000 }])
  socket.close()
})

test('a page that is open is given again, another plan closes it, and a person who goes back has bought nothing', async () => {
  const person = await app.signUp()
  const [first, again] = await Promise.all([checkout(person, 'pro'), checkout(person, 'pro')])
  expect(again.body.url).toBe(first.body.url)
  const other = await checkout(person, 'enterprise', 'year')
  expect((await fetch(first.body.url)).status).toBe(400)
  const back = await submit(other.body.url, { action: 'cancel' })
  expect(back.headers.get('location')).toMatch(/\/plan\?checkout=cancelled$/)
  expect((await submit(other.body.url, { action: 'pay', card: '4000000000000002' })).status).toBe(402)
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'free', status: 'none' })
})

test('another plan in a live subscription is changed at once, with proration; a card that is declined changes nothing', async () => {
  const person = await subscriber('pro')
  const changed = await checkout(person, 'enterprise')
  expect(changed.body.url).toMatch(/\/plan\?checkout=success$/)
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'enterprise', status: 'active' })
  const [proration] = (await person.get('/api/v1/billing/invoices')).body.items
  expect(proration).toMatchObject({ totalMicroUsd: 180_000_000, status: 'paid' })
  expect((await checkout(person, 'enterprise')).body).toMatchObject({ code: 'conflict' })

  const poor = await subscriber('pro', '4000000000000341')
  expect((await checkout(poor, 'enterprise')).body).toMatchObject({
    status: 400,
    code: 'invalid_request',
    detail: expect.stringContaining('declined'),
  })
  expect(await subscriptionOf(poor)).toMatchObject({ plan: 'pro', status: 'active' })
})

test('cancelled in the portal, the plan stays until the period ends, and can be kept after all', async () => {
  const person = await subscriber()
  const portal = (await person.post('/api/v1/billing/portal')).body.url
  const { id } = await remoteOf(person)
  await submit(portal, { action: 'cancel', subscription: id })
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', status: 'active', cancelAtPeriodEnd: true })
  await submit(portal, { action: 'resume', subscription: id })
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ cancelAtPeriodEnd: false })
  await submit(portal, { action: 'cancel', subscription: id })
  stripe.billing.advance(32 * daySeconds)
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'free', source: 'none', status: 'canceled' })
})

test('a payment that fails keeps the plan for the grace time, then it is free, and paying brings it back', async () => {
  stripe.state.setNow(Math.floor(Date.now() / 1000) - 34 * daySeconds)
  const person = await subscriber('pro', '4000000000000341')
  stripe.billing.advance(34 * daySeconds)
  await stripe.webhooks.settled()
  const pastDue = await subscriptionOf(person)
  expect(pastDue).toMatchObject({ plan: 'pro', status: 'past_due' })
  // The month was up three or so days ago, and the grace counts from there.
  expect(Date.parse(pastDue.graceEndsAt) - Date.now()).toBeLessThan(5 * daySeconds * 1000)
  expect((await checkout(person, 'enterprise')).body.url).toContain('/portal/')

  await app.database.db
    .update(subscriptions)
    .set({ graceEndsAt: new Date(Date.now() - 1000) })
    .where(eq(subscriptions.userId, person.user.id))
  await app.subscriptions.sweep()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'free', source: 'none', status: 'past_due' })

  stripe.billing.payOpen(await remoteOf(person))
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', status: 'active', graceEndsAt: null })
})

test('a grace that is over when the webhook comes gives nothing', async () => {
  stripe.state.setNow(Math.floor(Date.now() / 1000) - 60 * daySeconds)
  const person = await subscriber('pro', '4000000000000341')
  await stripe.webhooks.deliver(stripe.webhooks.told(() => stripe.billing.advance(40 * daySeconds)))
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'free', status: 'past_due' })
})

test.each(['canceled', 'unpaid'] as const)('when Stripe gives up and the subscription is %s, the plan is free', async (as) => {
  const person = await subscriber('enterprise')
  stripe.billing.giveUp(await remoteOf(person), as)
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'free', status: as })
})

test('all 24 orders of four webhooks give one state', async () => {
  const states: unknown[] = []
  for (const order of permutations([0, 1, 2, 3])) {
    const person = await buyer()
    const { url } = await app.subscriptions.checkout({ userId: person.user.id }, { plan: 'pro', interval: 'month' })
    stripe.webhooks.hold(true)
    await submit(url, { action: 'pay' })
    const remote = stripe.state.all('subscription')[0]!
    stripe.billing.changePrice(remote, stripe.state.find('price', 'price_enterprise_month')!)
    stripe.billing.cancelAtPeriodEnd(remote, true)
    const kinds = new Set(['checkout.session.completed', 'customer.subscription.created', 'customer.subscription.updated'])
    const events = stripe.webhooks.hold(true).filter(({ type }) => kinds.has(type))
    expect(events).toHaveLength(4)
    expect(await stripe.webhooks.deliver(order.map((index) => events[index]!))).toEqual([200, 200, 200, 200])
    states.push(await stateOf(person))
    expect(await transitionsOf(person)).toHaveLength(1)
  }
  expect(states).toHaveLength(24)
  expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1)
  expect(states[0]).toMatchObject({ plan: 'enterprise', acts: 'enterprise', source: 'stripe', status: 'active', cancelAtPeriodEnd: true })
})

test('150 deliveries of one event are one transition', async () => {
  const person = await app.signUp()
  const { body } = await checkout(person, 'pro')
  stripe.webhooks.hold(true)
  await submit(body.url, { action: 'pay' })
  const [created] = stripe.webhooks.hold(false).filter(({ type }) => type === 'customer.subscription.created')
  const answers = await stripe.webhooks.deliver([created!], { copies: 150 })
  expect(new Set(answers)).toEqual(new Set([200]))
  expect(await transitionsOf(person)).toHaveLength(1)
  expect(await app.database.db.select().from(stripeEvents).where(eq(stripeEvents.id, created!.id))).toHaveLength(1)
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', status: 'active' })
})

test('an answer of Stripe that comes late does not overwrite a newer one, in whatever process', async () => {
  await using second = await startTestApp({ ...stripe.settings, DATABASE_URL: app.settings.DATABASE_URL })
  const person = await subscriber('pro')
  const remote = await remoteOf(person)
  const asked = stripe.requests.length
  const gate = (stripe.faults.gate = Promise.withResolvers())
  const cancelled = stripe.webhooks.told(() => stripe.billing.cancelAtPeriodEnd(remote, true))
  const late = stripe.webhooks.deliver(cancelled, { url: second.url + webhook })
  await expect.poll(() => stripe.requests.length).toBeGreaterThan(asked)
  stripe.faults.gate = undefined
  const switched = stripe.webhooks.told(() => stripe.billing.changePrice(remote, stripe.state.find('price', 'price_enterprise_month')!))
  expect(await stripe.webhooks.deliver(switched)).toEqual([200])
  gate.resolve()
  expect(await late).toEqual([200])
  expect(await stateOf(person)).toMatchObject({ priceId: 'price_enterprise_month', acts: 'enterprise', cancelAtPeriodEnd: true })
})

test('webhooks that were missed are made up for by reconciliation, from both sides', async () => {
  const paid = await app.signUp()
  const { body } = await checkout(paid, 'pro')
  const ended = await subscriber('enterprise')
  stripe.webhooks.hold(true)
  await submit(body.url, { action: 'pay' })
  stripe.billing.end(await remoteOf(ended), 'cancellation_requested')
  stripe.webhooks.hold(false)
  expect(await subscriptionOf(paid)).toMatchObject({ plan: 'free' })
  expect(await subscriptionOf(ended)).toMatchObject({ plan: 'enterprise' })

  expect(await app.subscriptions.reconcile()).toMatchObject({ repaired: 2 })
  expect(await subscriptionOf(paid)).toMatchObject({ plan: 'pro', status: 'active' })
  expect(await subscriptionOf(ended)).toMatchObject({ plan: 'free', status: 'canceled' })
  expect(await app.subscriptions.reconcile()).toMatchObject({ repaired: 0 })
})

test('a plan given by hand outlives a subscription that ends, and gives way to one that is live', async () => {
  const person = await app.signUp()
  await app.accounts.change(person.person.email, { plan: 'enterprise' })
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'enterprise', source: 'admin', status: 'none' })
  await app.subscriptions.reconcile()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'enterprise', source: 'admin' })

  await submit((await checkout(person, 'pro')).body.url, { action: 'pay' })
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', source: 'stripe' })
  await app.accounts.change(person.person.email, { plan: 'enterprise' })
  await app.subscriptions.sweep()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', source: 'stripe' })
})

test('an erased account has its subscription cancelled, and what Stripe says of it later is taken quietly', async () => {
  const person = await subscriber()
  const { id, customer } = await remoteOf(person)
  stripe.webhooks.hold(true)
  expect((await person.delete('/api/v1/me')).status).toBe(204)
  expect(stripe.state.find('subscription', id)).toMatchObject({ status: 'canceled' })
  expect(stripe.requests).toContainEqual(expect.objectContaining({ method: 'DELETE', path: `/v1/subscriptions/${id}` }))
  expect(stripe.state.find('customer', customer)).toBeUndefined()
  expect(new Set(await stripe.webhooks.deliver(stripe.webhooks.hold(false)))).toEqual(new Set([200]))
})

test('a customer who is deleted at Stripe leaves a free plan, and their later events are taken quietly', async () => {
  const person = await subscriber()
  const { customer } = await remoteOf(person)
  const deleted = stripe.webhooks.told(() => stripe.api('DELETE', `/v1/customers/${customer}`, {}))
  expect(new Set(await stripe.webhooks.deliver(deleted))).toEqual(new Set([200]))
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'free', source: 'none', status: 'none' })
  expect(new Set(await stripe.webhooks.deliver(deleted))).toEqual(new Set([200]))
})

test('with Stripe down an account is erased all the same, and its subscription is cancelled when Stripe is back', async () => {
  const person = await subscriber()
  const { id, customer } = await remoteOf(person)
  stripe.faults.failing = 1000
  const { status } = await person.delete('/api/v1/me')
  const before = stripe.state.find('subscription', id)?.status
  stripe.faults.failing = 0
  expect({ status, before }).toEqual({ status: 202, before: 'active' })
  expect(await rowOf(person)).toBeUndefined()
  await until(() => stripe.state.find('subscription', id)?.status === 'canceled')
  const ended = () =>
    app.database.db
      .select()
      .from(formerCustomers)
      .where(and(eq(formerCustomers.customerId, customer), isNotNull(formerCustomers.endedAt)))
  await until(async () => (await ended()).length === 1)
})

test('the first subscription has the trial, tax and promotion codes go along, and a second has no trial', async () => {
  await using own = await startTestApp({ ...stripe.settings, STRIPE_TRIAL_DAYS: '14', STRIPE_TAX: 'automatic' })
  stripe.webhooks.aim(own.url + webhook)
  const coupon = stripe.state.add('coupon', { percent_off: 25, duration: 'once' })
  stripe.state.add('promotion_code', { code: 'WELCOME', promotion: { type: 'coupon', coupon: coupon.id } })
  const person = await own.signUp()
  expect((await subscriptionOf(person)).trialDays).toBe(14)
  await submit((await checkout(person, 'pro', 'year')).body.url, { action: 'pay' })
  await stripe.webhooks.settled()
  const trial = await subscriptionOf(person)
  expect(trial).toMatchObject({ plan: 'pro', status: 'trialing', interval: 'year' })
  expect(Math.round((Date.parse(trial.trialEndsAt) - Date.now()) / 1000 / daySeconds)).toBe(14)
  const first = stripe.state.all('subscription')[0]!
  expect(first.automatic_tax).toMatchObject({ enabled: true })

  stripe.billing.end(first, 'cancellation_requested')
  await stripe.webhooks.settled()
  expect((await subscriptionOf(person)).trialDays).toBe(0)
  await submit((await checkout(person, 'pro', 'year')).body.url, { action: 'pay', promotion_code: 'WELCOME' })
  await stripe.webhooks.settled()
  expect(await subscriptionOf(person)).toMatchObject({ plan: 'pro', status: 'active', trialEndsAt: null })
  expect((await person.get('/api/v1/billing/invoices')).body.items[0]).toMatchObject({ totalMicroUsd: 150_000_000 })
  stripe.webhooks.aim(app.url + webhook)
})

const usd = (value: string) => ({ currency: 'USD', value })

test('prices are told with the plans', async () => {
  const person = await app.signUp()
  const { items } = (await person.get('/api/v1/plans')).body
  expect(items.map(({ prices }: { prices: unknown }) => prices)).toEqual([
    null,
    { month: 20_000_000, year: 200_000_000, amounts: { month: usd('20.00'), year: usd('200.00') } },
    { month: 200_000_000, year: 2_000_000_000, amounts: { month: usd('200.00'), year: usd('2000.00') } },
  ])
})

test('every call that changes something at Stripe has a key that a repeat would have too', () => {
  const changing = stripe.requests.filter(({ method }) => method !== 'GET')
  expect(changing.length).toBeGreaterThan(20)
  expect(changing.filter(({ idempotencyKey }) => !idempotencyKey?.startsWith('jarvis-'))).toEqual([])
})

function permutations<Item>(items: Item[]): Item[][] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) => permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]))
}
