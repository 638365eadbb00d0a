import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { OrganisationPage } from './organisation-page.tsx'

const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const own = {
  id: 'o',
  name: 'Example Ltd',
  role: 'owner',
  hasSeat: true,
  plan: 'pro',
  seats: 2,
  seatsTaken: 2,
  seatsSource: 'admin',
  members: 3,
  createdAt: '2026-11-01T12:00:00Z',
}
const ada = {
  userId: 'a',
  name: 'Ada',
  email: 'ada@example.org',
  role: 'owner',
  seat: 'held',
  disabled: false,
  joinedAt: '2026-11-01T12:00:00Z',
  use: { tokensUsed: 4000, costMicroUsd: 20_000 },
  share: { tokensPerCycle: null, ceilingMicroUsd: null },
}
const bob = { ...ada, userId: 'b', name: 'Bob', email: 'bob@example.org', role: 'member', seat: 'waiting' }
const budget = {
  startsAt: '2026-11-01T00:00:00Z',
  endsAt: '2026-12-01T00:00:00Z',
  tokensUsed: 5000,
  tokensReserved: 0,
  tokensMax: 2_000_000,
  costMicroUsd: 30_000,
  reservedMicroUsd: 0,
  ceilingMicroUsd: null,
  former: { tokensUsed: 1000, costMicroUsd: 10_000 },
}
const subscription = {
  billing: true,
  plan: 'pro',
  seats: 2,
  source: 'stripe',
  status: 'active',
  interval: 'month',
  currentPeriodEndsAt: '2026-12-01T12:00:00Z',
  cancelAtPeriodEnd: false,
  graceEndsAt: null,
}
const price = { month: 20_000_000, year: null, amounts: { month: { currency: 'USD', value: '20.00' }, year: null } }
const research = { id: 'g', name: 'Research', members: 1, isIn: true, createdAt: '2026-11-01T12:00:00Z' }
const asOwner = {
  '/api/v1/organisations/o/groups': list([research]),
  '/api/v1/organisations/o/members?groupId=g': list([ada]),
  '/api/v1/plans': list([{ id: 'pro', prices: price }]),
  '/api/v1/organisations/o/subscription': { body: subscription },
  '/api/v1/organisations': list([own]),
  '/api/v1/organisations/o/members': list([ada, bob]),
  '/api/v1/organisations/o/invitations': list([]),
  '/api/v1/organisations/o/budget': { body: budget },
}

beforeEach(() => session.set({ status: 'signed-in', user: { id: 'a' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test.each(['light', 'dark'] as const)('an owner sees members, what each used, the budget, and who has no seat (%s)', async (theme) => {
  serve(asOwner)
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
    theme,
  )
  await expect.element(page.getByText('bob@example.org')).toBeVisible()
  await expect.element(page.getByText('One member has no seat, and pays for themself.')).toBeVisible()
  await expect.element(page.getByText('5,000 of 2,000,000 tokens this month')).toBeVisible()
  await expect.element(page.getByText('Of that, former members: 1,000 tokens')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
})

test('a share and a role are changed in one step, and only what differs is sent', async () => {
  const requests = serve({ ...asOwner, 'PATCH /api/v1/organisations/o/members/b': { body: bob } })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await page.getByRole('button', { name: 'Change Bob' }).click()
  await page.getByRole('combobox', { name: 'Role' }).selectOptions('admin')
  await page.getByRole('dialog').getByLabelText('May spend in a month, in US$').fill('12.50')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  const body = { role: 'admin', ceilingMicroUsd: 12_500_000 }
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/organisations/o/members/b', body })
})

test('what the server refuses is said where it was asked', async () => {
  const detail = 'This is the only owner who can come in. Make somebody else an owner first.'
  serve({ ...asOwner, 'DELETE /api/v1/organisations/o/members/a': { status: 409, body: { code: 'conflict', detail } } })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await page.getByRole('button', { name: 'Leave the organisation' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await expect.element(page.getByText(detail)).toBeVisible()
})

test('who leaves and shares things is asked what becomes of them, and what they choose is sent', async () => {
  const detail = 'What is shared here by who leaves: 2.'
  const refused = { status: 409, body: { code: 'conflict', detail, params: { sentence: 'conflict.shared_things', count: 2 } } }
  const at = '/api/v1/organisations/o/members/a'
  const requests = serve({ ...asOwner, [`DELETE ${at}`]: refused, [`${at}?shared=take_along`]: { body: null } })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await page.getByRole('button', { name: 'Leave the organisation' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  const choice = page.getByRole('combobox', { name: 'What is shared here by who leaves' })
  await expect.element(choice).toHaveValue('hand_over')
  expect(await accessibilityFaults()).toEqual([])
  await choice.selectOptions('take_along')
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await expect.poll(() => requests.map(({ path }) => path)).toContain(`${at}?shared=take_along`)
})

test('a group is made, and a member is put into it and taken out', async () => {
  const requests = serve({
    ...asOwner,
    'POST /api/v1/organisations/o/groups': { status: 201, body: research },
    'PUT /api/v1/organisations/o/groups/g/members/b': { body: null },
    'DELETE /api/v1/organisations/o/groups/g/members/a': { body: null },
    '/api/v1/organisations/o/members?q=bob': list([bob]),
  })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await page.getByLabelText('New group').fill('Labs')
  await page.getByRole('button', { name: 'Make the group' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/organisations/o/groups', body: { name: 'Labs' } })
  await page.getByRole('button', { name: 'Change Research' }).click()
  await page.getByLabelText('Put somebody in').fill('bob')
  await page.getByRole('button', { name: 'Put in: Bob' }).click()
  await page.getByRole('button', { name: 'Take out: Ada' }).click()
  const paths = () => requests.map(({ path }) => path)
  await expect.poll(paths).toContain('/api/v1/organisations/o/groups/g/members/b')
  await expect.poll(paths).toContain('/api/v1/organisations/o/groups/g/members/a')
  expect(await accessibilityFaults()).toEqual([])
})

test('a member sees colleagues and no figures of theirs, and can leave', async () => {
  serve({
    '/api/v1/organisations': list([{ ...own, role: 'member', hasSeat: false }]),
    '/api/v1/organisations/o/members': list([{ ...ada, use: null, share: null }]),
    '/api/v1/organisations/o/groups': list([research]),
  })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await expect.element(page.getByText('You have no seat here.')).toBeVisible()
  await expect.element(page.getByText('ada@example.org')).toBeVisible()
  expect(page.getByRole('button', { name: /^Change/ }).elements()).toHaveLength(0)
  expect(page.getByRole('heading', { name: 'Budget' }).elements()).toHaveLength(0)
  await expect.element(page.getByRole('button', { name: 'Leave the organisation' })).toBeVisible()
})

test('who is in none makes one', async () => {
  const requests = serve({ 'GET /api/v1/organisations': list([]), 'POST /api/v1/organisations': { status: 201, body: own } })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await page.getByLabelText('Name of a new organisation').fill('Example Ltd')
  await page.getByRole('button', { name: 'Make an organisation' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/organisations', body: { name: 'Example Ltd' } })
  expect(await accessibilityFaults()).toEqual([])
})

test('seats are changed in one step: what they cost, and who loses theirs, is said before', async () => {
  const requests = serve({
    ...asOwner,
    'POST /api/v1/organisations/o/checkout': { body: { url: `${location.origin}/organisation?checkout=success` } },
  })
  const page = await renderPage(
    <main>
      <OrganisationPage />
    </main>,
  )
  await page.getByRole('button', { name: 'Change seats' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change seats' })
  await dialog.getByRole('textbox', { name: 'Seats' }).fill('5')
  await expect.element(dialog.getByText('$100.00 a month in all')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Seats' }).fill('1')
  await expect.element(dialog.getByText('1 of those who have a seat lose it')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await dialog.getByRole('button', { name: 'Change seats' }).click()
  await expect.element(dialog).not.toBeInTheDocument()
  await expect
    .poll(() => requests)
    .toContainEqual({ path: '/api/v1/organisations/o/checkout', body: { plan: 'pro', interval: 'month', seats: 1, losing: 1 } })
})
