import { amountOf, microUsdOf } from './amount.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startStripe, type StripeSimulator } from '../../../../simulators/stripe/stripe.ts'
import { createNoPayments } from './none.ts'
import { createStripePayments } from './stripe.ts'

let simulator: StripeSimulator
const open = (secretKey = simulator.settings.STRIPE_SECRET_KEY) =>
  createStripePayments({ secretKey, webhookSecret: simulator.settings.STRIPE_WEBHOOK_SECRET, apiBase: simulator.url })

beforeAll(async () => {
  simulator = await startStripe()
})
afterAll(() => simulator[Symbol.asyncDispose]())
beforeEach(() => {
  simulator.faults.failing = 0
})

test('a call that failed on the way is made again with the same key, and has happened once', async () => {
  simulator.faults.failing = 1
  const before = simulator.state.all('customer').length
  await open().createCustomer({ userId: 'u1', email: 'ada@example.org', name: 'Ada' })
  expect(simulator.state.all('customer')).toHaveLength(before + 1)
  const [first, second] = simulator.requests.slice(-2)
  expect(first).toEqual(second)
  expect(first!.idempotencyKey).toMatch(/^jarvis-customer-/)
  expect(first!.idempotencyKey).not.toContain('ada')
})

test('people are sent to pages of the provider alone: another origin, plain http and a host that only ends alike are refused', async () => {
  const { port } = new URL(simulator.url)
  const [settings, order] = [{ secretKey: simulator.settings.STRIPE_SECRET_KEY, webhookSecret: 'whsec_1', apiBase: simulator.url }, orderOf]
  const customerId = await open().createCustomer({ userId: 'u9', email: 'eve@example.org', name: 'Eve' })
  const refused = { code: 'payment_provider_failed', message: expect.stringContaining('no page that is its own') }
  for (const pageHosts of [['stripe.com'], ['127.0.0.1'], ['pay.example.org', 'stripe.com']]) {
    const strict = createStripePayments({ ...settings, pageHosts })
    await expect(strict.openCheckout(order(customerId))).rejects.toMatchObject(refused)
    await expect(strict.openPortal(customerId, 'http://jarvis.test/plan')).rejects.toMatchObject(refused)
  }
  const told = simulator.state.pagesUrl
  try {
    const strict = createStripePayments({ ...settings, pageHosts: ['stripe.com', 'pay.example.org'] })
    for (const page of [
      'https://evilstripe.com',
      'https://stripe.com.evil.test',
      `https://stripe.com@127.0.0.1:${port}`,
      'http://stripe.com',
      'javascript:x//stripe.com',
    ]) {
      simulator.state.pagesUrl = page
      await expect(strict.openPortal(customerId, 'http://jarvis.test/plan')).rejects.toMatchObject(refused)
    }
    for (const page of ['https://billing.stripe.com', 'https://pay.example.org']) {
      simulator.state.pagesUrl = page
      expect(await strict.openPortal(customerId, 'http://jarvis.test/plan')).toMatch(`${page}/portal/`)
    }
    simulator.state.pagesUrl = 'javascript:x'
    await expect(open().openPortal(customerId, 'http://jarvis.test/plan')).rejects.toMatchObject(refused)
  } finally {
    simulator.state.pagesUrl = told
  }
})

const orderOf = (customerId: string) => ({
  customerId,
  userId: 'u9',
  priceId: 'price_pro_month',
  trialDays: 0,
  automaticTax: false,
  successUrl: 'http://jarvis.test/plan',
  cancelUrl: 'http://jarvis.test/plan',
})

test('what Stripe refuses tells the person nothing of it, and the log the reason without the key', async () => {
  const refused = await open('sk_test_wrong_and_secret')
    .price('price_pro_month')
    .catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'payment_provider_failed', message: expect.stringContaining('An administrator finds the reason') })
  const { message, cause } = refused as Error
  expect(message).not.toContain('API Key')
  expect((cause as Error).message).toMatch(/^StripeAuthenticationError: Invalid API Key/)
  expect(JSON.stringify([refused, cause, String(cause)])).not.toContain('sk_test_wrong')
})

test('with Stripe away every verb fails as payment_provider_failed', async () => {
  simulator.faults.failing = 1000
  const stripe = open()
  for (const call of [
    () => stripe.openPortal('cus_1', 'http://localhost/'),
    () => stripe.subscriptionsOf('cus_1'),
    () => stripe.invoicesOf('cus_1'),
    () => stripe.endCustomer('cus_1'),
    () => Array.fromAsync(stripe.liveSubscriptions()),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'payment_provider_failed', message: expect.stringContaining('Try again in a moment') })
  }
})

test('a customer that is gone has no subscriptions, and can be ended again', async () => {
  expect(await open().subscriptionsOf('cus_gone')).toEqual([])
  await open().endCustomer('cus_gone')
})

test('every live subscription is listed, page by page, and none that has ended', async () => {
  const customer = simulator.state.add('customer', { email: null, sim: { card: '4242424242424242' } })
  const price = simulator.state.find('price', 'price_pro_month')!
  const made = Array.from({ length: 103 }, () => simulator.billing.start({ customer, price }).id)
  simulator.billing.end(simulator.state.find('subscription', made[0]!)!, 'cancellation_requested')
  const listed = await Array.fromAsync(open().liveSubscriptions())
  expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(made.slice(1)))
  expect(listed).toHaveLength(102)
})

test('where billing is off every verb says so', async () => {
  const none = createNoPayments()
  expect(none.enabled).toBe(false)
  await expect(none.openPortal('cus_1', 'http://localhost/')).rejects.toMatchObject({ code: 'billing_disabled' })
  expect(() => none.readEvent(new Uint8Array(), undefined)).toThrow(expect.objectContaining({ code: 'billing_disabled' }))
})

test.each([
  ['usd', 2000, '20.00', 20_000_000],
  ['eur', 1905, '19.05', null],
  ['jpy', 3000, '3000', null],
  ['kwd', 1234, '1.234', null],
  ['usd', 5, '0.05', 50_000],
  ['usd', -150, '-1.50', -1_500_000],
])('%s counts %i of its smallest as %s', (currency, smallest, value, microUsd) => {
  const amount = amountOf(currency, smallest)
  expect(amount).toEqual({ currency: currency.toUpperCase(), value })
  expect(microUsdOf(amount)).toBe(microUsd)
})
