import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { formerCustomers, organisationSubscriptions } from '#ports/database/tables.ts'
import { startStripe, type StripeSimulator } from '../../simulators/stripe/stripe.ts'
import { until } from './cluster/cluster.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let stripe: StripeSimulator
let app: TestApp
let admin: Person

beforeAll(async () => {
  stripe = await startStripe()
  app = await startTestApp(stripe.settings)
  stripe.webhooks.aim(`${app.url}/api/v1/billing/webhook`)
  admin = await app.signUp()
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

const orgs = '/api/v1/organisations'
const submit = (url: string, form: Record<string, string>) => fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
const rowOf = async (id: string) =>
  (await app.database.db.select().from(organisationSubscriptions).where(eq(organisationSubscriptions.organisationId, id)))[0]
const remoteOf = async (id: string) => stripe.state.find('subscription', (await rowOf(id))!.subscriptionId!)!
const planOf = async (person: Person) => (await person.get('/api/v1/me')).body.plan

/** An organisation with its owner, and others in it. */
async function found(others = 0) {
  const owner = await app.signUp()
  const { body } = await owner.post(orgs, { name: 'Example Ltd' })
  const path = `${orgs}/${body.id}`
  const members: Person[] = []
  for (let count = 0; count < others; count++) {
    const person = await app.signUp()
    const { url } = (await owner.post(`${path}/invitations`, {})).body
    expect((await person.post(`${orgs}/join`, { invitation: url.split('#invitation=')[1] })).status).toBe(200)
    members.push(person)
  }
  return { owner, members, id: body.id as string, path }
}

async function buy(owner: Person, path: string, seats: number, card = '4242424242424242') {
  const { status, body } = await owner.post(`${path}/checkout`, { plan: 'pro', seats })
  expect(status).toBe(200)
  await submit(body.url, { action: 'pay', card })
  await stripe.webhooks.settled()
}

test('an owner buys seats, members have them at once, and the bill is for as many', async () => {
  const { owner, members, id, path } = await found(2)
  const socket = await members[0]!.socket()
  expect((await owner.get(`${path}/subscription`)).body).toMatchObject({ billing: true, seats: 0, source: 'none', status: 'none' })
  const { body } = await owner.post(`${path}/checkout`, { plan: 'pro', seats: 3 })
  const paid = await submit(body.url, { action: 'pay', card: '4242424242424242' })
  expect(paid.headers.get('location')).toMatch(/\/organisation\?checkout=success$/)
  await socket.next('user', ({ user }) => user.plan === 'pro')
  socket.close()
  expect((await owner.get(path)).body).toMatchObject({ plan: 'pro', seats: 3, seatsTaken: 3, seatsSource: 'stripe' })
  expect((await owner.get(`${path}/subscription`)).body).toMatchObject({ seats: 3, source: 'stripe', status: 'active', interval: 'month' })
  expect((await owner.get(`${path}/invoices`)).body.items).toMatchObject([{ status: 'paid', totalMicroUsd: 60_000_000 }])
  expect((await admin.patch(`/api/v1/admin/organisations/${id}`, { seats: 9 })).body.detail).toContain('bought')
  // Its owners alone: a member is told no, a stranger that there is no such thing.
  for (const call of ['checkout', 'portal']) {
    expect((await members[0]!.post(`${path}/${call}`, { plan: 'pro', seats: 3 })).status).toBe(403)
    expect((await admin.post(`${path}/${call}`, { plan: 'pro', seats: 3 })).status).toBe(404)
  }
})

test('more seats are charged for the rest of the month, fewer are credited, and a declined card changes nothing', async () => {
  const { owner, path, id } = await found()
  await buy(owner, path, 2)
  const remote = await remoteOf(id)
  expect((await owner.post(`${path}/checkout`, { plan: 'pro', seats: 5 })).body.url).toContain('checkout=success')
  expect((await owner.get(path)).body.seats).toBe(5)
  const invoice = () => stripe.state.find('invoice', remote.latest_invoice)!
  // The whole month is left, but for the moments that this took.
  expect(invoice().total).toBeGreaterThan(5900)
  expect(invoice().total).toBeLessThanOrEqual(6000)
  expect((await owner.post(`${path}/checkout`, { plan: 'pro', seats: 5 })).status).toBe(409)
  expect((await owner.post(`${path}/checkout`, { plan: 'pro', seats: 1 })).status).toBe(200)
  expect(invoice()).toMatchObject({ total: 0, status: 'paid' })
  const credit = -stripe.state.find('customer', remote.customer)!.balance
  expect(credit).toBeGreaterThan(7900)
  // There and back and there again is three changes.
  for (const seats of [5, 1, 5]) await owner.post(`${path}/checkout`, { plan: 'pro', seats })
  expect((await owner.get(path)).body.seats).toBe(5)
  stripe.state.find('customer', remote.customer)!.sim.card = '4000000000000341'
  const declined = await owner.post(`${path}/checkout`, { plan: 'enterprise', seats: 50 })
  expect(declined).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect((await owner.get(path)).body).toMatchObject({ seats: 5, plan: 'pro' })
})

test('fewer seats than are taken: said first, then who joined last waits, and nobody is locked out', async () => {
  const { owner, members, path, id } = await found(2)
  await buy(owner, path, 3)
  const refused = await owner.post(`${path}/checkout`, { plan: 'pro', seats: 1 })
  expect(refused).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.seats_taken', taken: 3, seats: 1, losing: 2 } } })
  expect(await rowOf(id)).toMatchObject({ quantity: 3 })
  // Said for one: two would go.
  expect((await owner.post(`${path}/checkout`, { plan: 'pro', seats: 1, losing: 1 })).status).toBe(409)
  expect((await owner.post(`${path}/checkout`, { plan: 'pro', seats: 1, losing: 2 })).status).toBe(200)
  expect((await owner.get(path)).body).toMatchObject({ seats: 1, seatsTaken: 1, members: 3 })
  expect([await planOf(owner), await planOf(members[0]!), await planOf(members[1]!)]).toEqual(['pro', 'free', 'free'])
  const { status } = await members[1]!.post('/api/v1/conversations', {})
  expect(status).toBe(201)
  const moves = (await app.auditRows()).filter(({ action, details }) => action === 'organisation.seat_moved' && details.organisation === id)
  expect(moves.filter(({ details }) => details.seat === 'held → waiting')).toHaveLength(2)

  // On Stripe's own pages too.
  const { body: portal } = await owner.post(`${path}/portal`)
  await submit(portal.url, { action: 'quantity', subscription: (await rowOf(id))!.subscriptionId!, quantity: '2' })
  await stripe.webhooks.settled()
  await until(async () => (await owner.get(path)).body.seatsTaken === 2)
  expect(await planOf(members[0]!)).toBe('pro')
})

test('events late, twice and out of order lead to what Stripe has; two who buy at once get one page', async () => {
  const { owner, path, id } = await found()
  const asked = await Promise.all([1, 2].map(() => owner.post(`${path}/checkout`, { plan: 'pro', seats: 4 })))
  expect(new Set(asked.map(({ body }) => body.url)).size).toBe(1)
  stripe.webhooks.hold(true)
  await submit(asked[0]!.body.url, { action: 'pay', card: '4242424242424242' })
  const begun = stripe.webhooks.hold(false)
  const remote = stripe.state.all('subscription').find(({ customer }) => customer === begun[0]!.data.object.customer)!
  const price = stripe.billing.itemOf(remote).price
  const changes = [7, 2].flatMap((quantity) => stripe.webhooks.told(() => stripe.billing.changePrice(remote, price, { quantity })))
  const answers = await stripe.webhooks.deliver([...begun, ...changes].toReversed(), { copies: 2 })
  expect(new Set(answers)).toEqual(new Set([200]))
  expect((await owner.get(path)).body).toMatchObject({ seats: 2, plan: 'pro', seatsSource: 'stripe' })
  expect(await rowOf(id)).toMatchObject({ quantity: 2, status: 'active' })
  const changed = (await app.auditRows()).filter(({ action, target }) => action === 'organisation.changed' && target === id)
  expect(changed).toHaveLength(1)
})

test('a subscription that ends takes its seats and nobody’s membership; a payment that fails has its grace; what was missed is made up for', async () => {
  const { owner, members, path, id } = await found(1)
  await buy(owner, path, 2, '4000000000000341')
  const remote = await remoteOf(id)
  stripe.billing.advance(32 * 86_400)
  await stripe.webhooks.settled()
  expect((await owner.get(`${path}/subscription`)).body).toMatchObject({ status: 'past_due', seats: 2, graceEndsAt: expect.any(String) })
  expect(await planOf(members[0]!)).toBe('pro')
  stripe.webhooks.told(() => stripe.billing.giveUp(remote, 'canceled'))
  expect(await planOf(members[0]!)).toBe('pro')
  await app.subscriptions.reconcile()
  expect((await owner.get(path)).body).toMatchObject({ plan: 'free', seats: 0, seatsTaken: 0, members: 2, seatsSource: 'none' })
  expect(await planOf(members[0]!)).toBe('free')
})

test('an organisation that is deleted ends its subscription, and late events of it are known', async () => {
  const { owner, path, id } = await found()
  await buy(owner, path, 2)
  const { customerId, subscriptionId } = (await rowOf(id))!
  expect((await owner.delete(path)).status).toBe(204)
  expect(stripe.state.find('subscription', subscriptionId!)!.status).toBe('canceled')
  const [former] = await app.database.db.select().from(formerCustomers).where(eq(formerCustomers.customerId, customerId))
  expect(former?.endedAt).toBeInstanceOf(Date)
  expect(await planOf(owner)).toBe('free')
})
