import type { Subscription } from '@jarvis/contracts/billing.ts'
import { planLimits, type PlanId } from '@jarvis/contracts/plans.ts'
import { useState } from 'react'
import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Toaster } from '#ui/toast.tsx'
import { CheckoutReturn } from './checkout-return.tsx'
import { rememberCheckout } from './hosted.ts'
import { PlanPage } from './plan-page.tsx'
import { UsageView } from './usage-view.tsx'

const none: Subscription = {
  billing: true,
  plan: 'free',
  source: 'none',
  status: 'none',
  interval: null,
  currentPeriodEndsAt: null,
  cancelAtPeriodEnd: false,
  trialEndsAt: null,
  trialDays: 0,
  graceEndsAt: null,
}
const paid: Subscription = {
  ...none,
  plan: 'pro',
  source: 'stripe',
  status: 'active',
  interval: 'month',
  currentPeriodEndsAt: '2026-12-09T12:00:00Z',
}

const cycle = {
  startsAt: '2026-11-01T00:00:00Z',
  endsAt: '2026-12-01T12:00:00Z',
  tokensUsed: 90_000,
  tokensReserved: 2_000,
  tokensMax: 100_000,
  costMicroUsd: 1_200_000,
  reservedMicroUsd: 0,
  ceilingMicroUsd: 5_000_000,
}
const totals = { inputTokens: 0, outputTokens: 0, costMicroUsd: 0, calls: 0, estimatedCalls: 0, estimatedCostMicroUsd: 0 }
const usd = (value: string) => ({ currency: 'USD', value })
const prices = {
  free: null,
  pro: { month: 20_000_000, year: 200_000_000, amounts: { month: usd('20.00'), year: usd('200.00') } },
  enterprise: { month: 99_000_000, year: null, amounts: { month: usd('99.00'), year: null } },
}
const plansFor = (current: PlanId) =>
  (['enterprise', 'free', 'pro'] as const).map((id) => ({
    id,
    ...planLimits[id],
    models: [],
    tools: ['web_search'],
    current: id === current,
    prices: prices[id],
  }))

const page = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const given = (subscription: Subscription, replies: Parameters<typeof serve>[0] = {}) =>
  serve({
    '/api/v1/billing/subscription': { body: subscription },
    '/api/v1/plans': page(plansFor(subscription.plan)),
    '/api/v1/usage': { body: { items: [], nextCursor: null, totals, cycle } },
    '/api/v1/billing/invoices': page([
      {
        id: 'in',
        number: 'JV-1',
        status: 'paid',
        total: { currency: 'JPY', value: '3000' },
        totalMicroUsd: null,
        createdAt: '2026-11-09T12:00:00Z',
        url: 'https://pay.example/in',
      },
    ]),
    ...replies,
  })

beforeEach(() => {
  location.hash = ''
  session.set({ status: 'signed-in', user: { id: 'u', role: 'user' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
})

test.each(['light', 'dark'] as const)(
  'the page says what is left, what each plan costs, and lists invoices; axe finds nothing, %s',
  async (theme) => {
    given(paid)
    const view = await renderPage(
      <main>
        <PlanPage />
      </main>,
      theme,
    )
    await expect.element(view.getByText('8,000 of 100,000 tokens left')).toBeVisible()
    await expect.element(view.getByText('$3.80 of $5.00 left to spend this month')).toBeVisible()
    await expect.element(view.getByText(/Paid monthly; renews on/)).toBeVisible()
    const cards = view.getByRole('list', { name: 'Plans' }).getByRole('heading')
    await expect.poll(() => cards.elements().map(({ textContent }) => textContent)).toEqual(['Free', 'Pro', 'Enterprise'])
    await expect.element(view.getByText('$99')).toBeVisible()
    await expect.element(view.getByRole('link', { name: 'JV-1' })).toHaveAttribute('href', 'https://pay.example/in')
    expect(await accessibilityFaults()).toEqual([])
  },
)

test('a first upgrade asks for the chosen plan and interval, and leaves for the payment page', async () => {
  const requests = given(none, { '/api/v1/billing/checkout': { body: { url: '#pay' } } })
  const view = await renderPage(<PlanPage />)
  await view.getByText('Yearly').click()
  await expect.element(view.getByText('$16.67 a month')).toBeVisible()
  await expect.element(view.getByRole('button', { name: 'Upgrade to Enterprise' })).not.toBeInTheDocument()
  await view.getByRole('button', { name: 'Upgrade to Pro' }).click()
  await expect.poll(() => location.hash).toBe('#pay')
  expect(requests).toContainEqual({ path: '/api/v1/billing/checkout', body: { plan: 'pro', interval: 'year' } })
})

test('days for free stand with each plan that begins with them, and with no other', async () => {
  given({ ...none, trialDays: 14 })
  const view = await renderPage(<PlanPage />)
  await expect.element(view.getByRole('listitem').filter({ hasText: 'Upgrade to Pro' })).toMatchTextContent(/14 days for free/)
  expect(view.getByText(/days for free/).elements()).toHaveLength(2)
})

test('a person who pays already is asked before the plan changes', async () => {
  const requests = given(paid, { '/api/v1/billing/checkout': { body: { url: '#back' } } })
  const view = await renderPage(<PlanPage />)
  await view.getByRole('button', { name: 'Upgrade to Enterprise' }).click()
  expect(requests.filter(({ path }) => path.endsWith('/checkout'))).toEqual([])
  await view.getByRole('button', { name: 'Change plan' }).click()
  await expect.poll(() => location.hash).toBe('#back')
})

test.each(['javascript:location.hash="run"', 'data:text/html,x', 'blob:https://pay.example/x', 'file:///etc/passwd', 'https://'])(
  'an answer that names no page leads nowhere: %s',
  async (url) => {
    given(none, { '/api/v1/billing/checkout': { body: { url } } })
    const view = await renderPage(
      <>
        <PlanPage />
        <Toaster />
      </>,
    )
    await view.getByRole('button', { name: 'Upgrade to Pro' }).click()
    await expect.element(view.getByText('The payment page cannot be opened. Try again in a moment.').first()).toBeVisible()
    await expect.element(view.getByRole('button', { name: 'Upgrade to Pro' })).toBeEnabled()
    expect(location.hash).toBe('')
  },
)

test('a failed payment is said with the way to mend it', async () => {
  given({ ...paid, status: 'past_due', graceEndsAt: '2026-12-07T12:00:00Z' }, { '/api/v1/billing/portal': { body: { url: '#portal' } } })
  const view = await renderPage(<PlanPage />)
  await expect.element(view.getByRole('alert')).toMatchTextContent(/payment failed. You keep Pro until/)
  await view.getByRole('button', { name: 'Look at the payment' }).click()
  await expect.poll(() => location.hash).toBe('#portal')
})

test('where billing is off nothing is sold, and the page says who can change a plan', async () => {
  given({ ...none, billing: false })
  const view = await renderPage(<PlanPage />)
  await expect.element(view.getByText('An administrator can change your plan.')).toBeVisible()
  await expect.element(view.getByText('1M tokens a month')).toBeVisible()
  expect(view.getByRole('button', { name: /Upgrade|Manage/ }).elements()).toEqual([])
  await expect.element(view.getByText('Invoices')).not.toBeInTheDocument()
})

test('back from the payment page it waits until the plan that was paid for has come', async () => {
  rememberCheckout('enterprise')
  let subscription = paid
  const requests = serve({
    get '/api/v1/billing/subscription'() {
      return { body: subscription }
    },
  })
  const view = await renderPage(<CheckoutReturn outcome="success" onDone={() => {}} />)
  await expect.poll(() => requests.length).toBeGreaterThan(1)
  await expect.element(view.getByRole('status')).toMatchTextContent(/Waiting for the payment/)
  subscription = { ...paid, plan: 'enterprise' }
  await expect.element(view.getByText('You are on the Enterprise plan now.')).toBeVisible()
})

const estimates = { estimatedCalls: 0, estimatedCostMicroUsd: 0 }
const item = (key: string, costMicroUsd: number) => ({ key, inputTokens: 1000, outputTokens: 200, costMicroUsd, calls: 3, ...estimates })
const report = {
  items: [item('2026-11-01', 4200), item('2026-11-03', 10_000)],
  totals: { inputTokens: 2000, outputTokens: 400, costMicroUsd: 14_200, calls: 6, ...estimates },
}
const groups = [
  { value: 'day', name: 'Day', label: 'Usage by day' },
  { value: 'model', name: 'Model', label: 'Usage by model' },
] as const

function View({ data }: { data: typeof report }) {
  const [choice, choose] = useState({ from: '2026-11-01', to: '2026-11-04', group: 'day' as 'day' | 'model' })
  return (
    <main>
      <h1>Usage</h1>
      <UsageView
        period={choice}
        group={choice.group}
        groups={groups}
        onChoose={choose}
        nameOf={(key) => key}
        report={{ data, error: null, refetch: () => {} }}
      />
    </main>
  )
}

test.each(['light', 'dark'] as const)('the table holds all that the chart draws, and sums up to the totals; axe finds nothing, %s', async (theme) => {
  serve({})
  const view = await renderPage(<View data={report} />, theme)
  const rows = view.getByRole('table', { name: 'Usage by day' }).getByRole('row')
  await expect.poll(() => rows.elements().length).toBe(4)
  await expect.element(rows.nth(1)).toMatchTextContent(/2026-11-01.*3.*1,000.*200.*\$0\.0042/)
  await expect.element(rows.nth(3)).toMatchTextContent(/Together.*6.*2,000.*400.*\$0\.0142/)
  await expect.poll(() => document.querySelector('canvas')?.closest('[aria-hidden]')).not.toBeNull()
  await expect.poll(() => document.querySelectorAll('canvas').length).toBe(1)
  expect(await accessibilityFaults()).toEqual([])
  await view.getByText('Model', { exact: true }).click()
  await expect.element(view.getByRole('table', { name: 'Usage by model' })).toBeVisible()
})

test('a period without usage says so', async () => {
  serve({})
  const view = await renderPage(<View data={{ items: [], totals }} />)
  await expect.element(view.getByText('Nothing was used in this period.')).toBeVisible()
})
