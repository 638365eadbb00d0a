import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StripeSimulator, startStripe } from '../simulators/stripe/stripe.ts'
import { openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let stripe: StripeSimulator
let jarvis: Jarvis
let browser: Browser
let admin: Page

beforeAll(async () => {
  stripe = await startStripe()
  ;[jarvis, browser] = await Promise.all([startJarvis(stripe.settings), openBrowser()])
  stripe.webhooks.aim(`${jarvis.url}/api/v1/billing/webhook`)
  admin = (await openPage(browser, jarvis.url)).page
  await signUp(admin, 'admin@example.org')
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await stripe[Symbol.asyncDispose]()
})

async function newPerson() {
  const email = `e2e-${crypto.randomUUID()}@example.org`
  const { page, complaints } = await openPage(browser, jarvis.url)
  await signUp(page, email)
  return { page, email, complaints }
}

/** Opens what an administrator may change of a person. */
async function openDialog(email: string) {
  await admin.goto('/admin/users')
  await admin.getByLabel('Search people').fill(email)
  await expect.poll(() => admin.getByRole('button', { name: /^Change / }).count()).toBe(1)
  await admin.getByRole('button', { name: /^Change / }).click()
  return admin.getByRole('dialog')
}

async function makeChange() {
  await admin.getByRole('button', { name: 'Make this change' }).click()
  await admin.getByText('Changed. It acts at once.').first().waitFor()
}

async function payFor(page: Page, plan: string) {
  await page.goto('/plan')
  await page.getByRole('button', { name: `Upgrade to ${plan}` }).click()
  await page.getByRole('button', { name: 'Subscribe' }).click()
}

test('a person upgrades: pays, comes back, waits for the provider’s word, and has the plan', async () => {
  const { page, complaints } = await newPerson()
  stripe.webhooks.hold(true)
  await payFor(page, 'Pro')
  await page.getByText('Waiting for the payment to arrive…').waitFor()
  await stripe.webhooks.deliver(stripe.webhooks.hold(false))
  await page.getByText('Thank you. You are on the Pro plan now.').waitFor()
  await page.getByText(/of 1,000,000 tokens left/).waitFor()
  await page.getByRole('table', { name: 'Invoices' }).waitFor()
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menu').locator('..').getByText('Pro', { exact: true }).waitFor()
  expect(complaints).toEqual([])
})

test('a person who leaves the payment page has paid nothing', async () => {
  const { page } = await newPerson()
  await page.goto('/plan')
  await page.getByRole('button', { name: 'Upgrade to Pro' }).click()
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByText('Nothing was changed and nothing charged.').waitFor()
  await page.getByText(/of 100,000 tokens left/).waitFor()
})

test('a cancelled subscription says until when the plan stays', async () => {
  const { page } = await newPerson()
  await payFor(page, 'Pro')
  await page.getByText('Thank you. You are on the Pro plan now.').waitFor()
  await page.getByRole('button', { name: 'Manage subscription' }).click()
  await page.getByRole('button', { name: 'Cancel subscription' }).click()
  await page.getByRole('link', { name: 'Return' }).click()
  await expect
    .poll(async () => {
      await page.reload()
      await page.getByRole('button', { name: 'Manage subscription' }).waitFor()
      return await page.getByText(/Cancelled: you keep Pro until/).count()
    })
    .toBe(1)
})

test('an administrator changes a plan, and it acts on the page that is open, without a new sign-in', async () => {
  const { page, email } = await newPerson()
  await page.goto('/plan')
  await page.getByText(/of 100,000 tokens left/).waitFor()
  await (await openDialog(email)).getByLabel('Plan').selectOption('enterprise')
  await makeChange()
  await page.getByText(/of 10,000,000 tokens left/).waitFor()
  await page.getByText('An administrator gave you this plan.').waitFor()
})

test('who is no administrator meets no administration, also when the role goes while the page is open', async () => {
  const { page, email } = await newPerson()
  await page.goto('/admin')
  await page.getByText('There is nothing here').waitFor()
  const change = async (role: string) => {
    await (await openDialog(email)).getByLabel('Role').selectOption(role)
    await makeChange()
  }
  await change('admin')
  await page.getByRole('heading', { name: 'Administration' }).waitFor()
  await change('user')
  await page.getByText('There is nothing here').waitFor()
})

test('the audit trail lists what was done, by action, and verifies', async () => {
  const trail = admin.getByRole('table', { name: 'Audit trail' })
  await admin.goto('/admin/audit')
  await trail.getByText('user.registered').first().waitFor()
  await admin.getByLabel('Filter by action').fill('user.changed')
  await trail.getByText('user.changed').first().waitFor()
  await expect.poll(() => trail.getByText('user.registered').count()).toBe(0)
  await admin.getByRole('button', { name: 'Verify the chain' }).click()
  await admin.getByText(/^Intact: each of/).waitFor()
})

test('a refund and a dispute reach the administrator: a notice on the overview leads to the audit', async () => {
  const customer = stripe.state.all('customer')[0]!.id
  const charge = stripe.state.add('charge', { customer, currency: 'usd', amount: 2000, amount_refunded: 2000, status: 'succeeded' })
  stripe.state.emit('charge.refunded', charge)
  const dispute = { object: 'dispute', charge: charge.id, currency: 'usd', amount: 2000, status: 'needs_response', reason: 'fraudulent' }
  stripe.state.emit('charge.dispute.created', { ...charge, ...dispute, customer: undefined, id: 'dp_1' })
  await stripe.webhooks.settled()
  await admin.goto('/admin')
  await admin.getByText(/1 payment was disputed and 1 payment was refunded/).waitFor()
  await admin.getByRole('link', { name: '1 payment was disputed' }).click()
  const trail = admin.getByRole('table', { name: 'Audit trail' })
  await trail.getByText('amount: 20.00 USD').waitFor()
  expect(await admin.getByLabel('Filter by action').inputValue()).toBe('payment.dispute')
  await admin.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Audit' }).click()
  await trail.getByText('payment.refund').waitFor()
  expect(await admin.getByLabel('Filter by action').inputValue()).toBe('')
})

test('a ceiling set by the administrator is what the person sees as left', async () => {
  const { page, email } = await newPerson()
  await (await openDialog(email)).getByLabel('Spend ceiling').fill('12.5')
  await makeChange()
  await page.goto('/usage')
  await page.getByText('$12.50 of $12.50 left to spend this month').waitFor()
})

test.each([
  ['light', 1280],
  ['dark', 360],
  ['light', 320],
] as const)('axe finds nothing on plan, usage and administration, and nothing overflows: %s, %d pixels wide', async (colorScheme, width) => {
  await admin.emulateMedia({ colorScheme })
  await admin.setViewportSize({ width, height: 740 })
  for (const path of ['/plan', '/usage', '/settings', '/admin', '/admin/users', '/admin/usage', '/admin/audit', '/admin/settings']) {
    await admin.goto(path)
    await admin.waitForLoadState('networkidle')
    expect(await violations(admin), path).toEqual([])
    expect(await overflow(admin), path).toBeLessThanOrEqual(0)
  }
})
