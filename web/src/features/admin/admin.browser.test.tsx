import type { ReactNode } from 'react'
import { beforeEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Audit } from './audit.tsx'
import { Overview } from './overview.tsx'
import { PlanLimits } from './plan-limits.tsx'
import { ScimTokens } from './scim-tokens.tsx'
import { AdminSettings } from './settings.tsx'
import { Users } from './users.tsx'

const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const grace = {
  id: 'g',
  email: 'grace@example.org',
  name: 'Grace',
  role: 'user',
  plan: 'free',
  createdAt: '2026-11-01T12:00:00Z',
  disabled: false,
  subscription: 'none',
  tokensUsed: 1200,
  costMicroUsd: 4200,
  ceilingMicroUsd: null,
  lastSeenAt: null,
  factors: { totp: false, passkeys: 0 },
}
const stats = {
  users: { total: 3, active30Days: 2, disabled: 0, byPlan: { free: 2, pro: 1, enterprise: 0 } },
  backup: { isScheduled: true, lastAt: new Date().toISOString(), lastBytes: 5_000_000, failures: 2, failure: 'The file store fell silent.' },
  subscriptions: { active: 1, trialing: 0, pastDue: 0, cancelling: 0, monthlyRevenueMicroUsd: 20_000_000 },
  month: { startsAt: '2026-11-01T12:00:00Z', costMicroUsd: 1_500_000, reservedMicroUsd: 0, tokens: 9000, runs: 30, ceilingMicroUsd: 2_000_000 },
  runs: { active: 0, waiting: 0, failedLastDay: 0 },
  payments: { refunds30Days: 2, disputes30Days: 1 },
  feedback: [{ model: 'gpt-9', up: 12, down: 3 }],
  routing: [{ model: 'gpt-9-mini', answers: 1200, estimatedMicroUsd: 190_000, costMicroUsd: 204_000, otherMicroUsd: 3_180_000 }],
}

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

const main = (element: ReactNode) => (
  <main>
    <h1>Administration</h1>
    {element}
  </main>
)

test.each(['light', 'dark'] as const)('the overview tells cost against ceiling, revenue and people; axe finds nothing, %s', async (theme) => {
  serve({ '/api/v1/admin/stats': { body: stats }, '/api/v1/instance': { body: { billing: true } } })
  const page = await renderPage(main(<Overview />), theme)
  await expect.element(page.getByText('$0.50 left of the installation’s ceiling of $2.00')).toBeVisible()
  await expect.element(page.getByText('$20.00')).toBeVisible()
  await expect.element(page.getByRole('list', { name: 'People by plan' })).toMatchTextContent(/Free2Pro1/)
  await expect
    .element(page.getByRole('note'))
    .toMatchTextContent(/^In the last 30 days 1 payment was disputed and 2 payments were refunded\. A dispute/)
  await expect.element(page.getByRole('link', { name: '1 payment was disputed' })).toHaveAttribute('href', '/admin/audit?action=payment.dispute')
  await expect.element(page.getByRole('link', { name: '2 payments were refunded' })).toHaveAttribute('href', '/admin/audit?action=payment.refund')
  expect(await accessibilityFaults()).toEqual([])
})

test.each([
  [{ refunds30Days: 1, disputes30Days: 0 }, 'In the last 30 days 1 payment was refunded. No plan changes by itself.'],
  [{ refunds30Days: 0, disputes30Days: 0 }, null],
])('where %j the overview has its notice, or none', async (payments, notice) => {
  serve({ '/api/v1/admin/stats': { body: { ...stats, payments } }, '/api/v1/instance': { body: { billing: true } } })
  const page = await renderPage(main(<Overview />))
  await expect.element(page.getByText('$20.00')).toBeVisible()
  expect(
    page
      .getByRole('note')
      .elements()
      .map(({ textContent }) => textContent),
  ).toEqual(notice === null ? [] : [notice])
})

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
const well = { isScheduled: true, lastAt: hoursAgo(5), lastBytes: 5_000_000, failures: 0, failure: null }

test.each([
  ['well', well, /^BackupsNewest5 hours ago.*Size5\.00 MB$/, null],
  ['old', { ...well, lastAt: hoursAgo(72) }, /^BackupsNewest3 days ago/, /^The newest backup is over two days old/],
  ['not made yet', { ...well, lastAt: null, lastBytes: null }, /^BackupsNewestNone yetSize—$/, null],
  ['made by hand', { ...well, isScheduled: false }, /^BackupsNone are made by themselves: .*Newest5 hours ago/, null],
  ['not made at all', { ...well, isScheduled: false, lastAt: null, lastBytes: null }, /^BackupsNone are made by themselves: [^.]*\.$/, null],
  [
    'failing',
    { ...well, failures: 2, failure: 'The store fell silent.' },
    /^BackupsNewest5 hours/,
    /^The last 2 backups failed: The store fell silent\. It/,
  ],
])('backups that are %s are shown as that', async (_name, backup, figures, notice) => {
  const payments = { refunds30Days: 0, disputes30Days: 0 }
  serve({ '/api/v1/admin/stats': { body: { ...stats, payments, backup } }, '/api/v1/instance': { body: { billing: true } } })
  const page = await renderPage(main(<Overview />))
  await expect.element(page.getByRole('region', { name: 'Backups' })).toMatchTextContent(figures)
  const notices = [...page.getByRole('note').elements(), ...page.getByRole('alert').elements()].map(({ textContent }) => textContent)
  expect(notices).toEqual(notice === null ? [] : [expect.stringMatching(notice)])
})

test('an address that names an action opens the audit with that filter', async () => {
  serve({ '/api/v1/admin/audit': list([]) })
  const page = await renderPage(main(<Audit />), 'light', '/?action=payment.refund')
  await expect.element(page.getByLabelText('Filter by action')).toHaveValue('payment.refund')
  await expect.element(page.getByText('No entry fits this filter.')).toBeVisible()
})

test('a change of a person is said before it is made, sends only what differs, and tells a refusal', async () => {
  const refusal = { status: 409, body: { code: 'conflict', detail: 'The last administrator stays one.' } }
  const requests = serve({ '/api/v1/admin/users': list([grace]), '/api/v1/admin/users/g': refusal })
  const page = await renderPage(main(<Users />))
  await page.getByRole('button', { name: 'Change Grace' }).click()
  const save = page.getByRole('button', { name: /Make/ })
  await expect.element(save).toBeDisabled()
  await page.getByRole('dialog').getByLabelText('Plan').selectOptions('pro')
  await page.getByLabelText('Spend ceiling').fill('0.1')
  await expect.element(page.getByRole('list', { name: 'What will change' })).toMatchTextContent(/Plan: Free → Pro.*Ceiling: none → \$0\.10/)
  expect(await accessibilityFaults()).toEqual([])
  await save.click()
  await expect.element(page.getByRole('alert')).toMatchTextContent('The last administrator stays one.')
  expect(requests).toContainEqual({ path: '/api/v1/admin/users/g', body: { plan: 'pro', ceilingMicroUsd: 100_000 } })
  await page.getByLabelText('Spend ceiling').fill('ten')
  await expect.element(save).toBeDisabled()
})

test('verifying the audit trail says where it breaks', async () => {
  serve({
    '/api/v1/admin/audit': list([
      {
        id: 2,
        at: '2026-11-01T12:00:00Z',
        action: 'login',
        actorId: 'g',
        target: null,
        address: '::1',
        requestId: null,
        details: { ok: true },
        hash: '',
      },
    ]),
    '/api/v1/admin/users': list([grace]),
    '/api/v1/admin/audit/verify': { body: { intact: false, entries: 2, head: null, firstBroken: 2 } },
  })
  const page = await renderPage(main(<Audit />))
  await expect.element(page.getByRole('table', { name: 'Audit trail' })).toMatchTextContent(/login.*Grace.*ok: true.*from: ::1/)
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await expect.element(page.getByRole('alert')).toMatchTextContent(/Broken at entry 2/)
  expect(await accessibilityFaults()).toEqual([])
})

test('the ceiling of all is typed in dollars and stored to the micro-dollar; a tool’s floor is one choice', async () => {
  const requests = serve({
    '/api/v1/admin/settings': {
      body: { ceilingMicroUsd: 250_000_000, responseCache: 'person', responseCacheSource: 'page', factorRequiredFor: ['admin'] },
    },
    '/api/v1/admin/scim-tokens': list([]),
    '/api/v1/admin/plans': list([]),
    '/api/v1/admin/tools': list([{ name: 'send_mail', title: 'Send an email', risk: 'act', loosest: 'never' }]),
    '/api/v1/admin/tools/send_mail': { body: {} },
  })
  const page = await renderPage(main(<AdminSettings />))
  await expect.element(page.getByLabelText('All people together')).toHaveValue('250')
  await page.getByLabelText('All people together').fill('1,000.000001')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/settings', body: { ceilingMicroUsd: 1_000_000_001 } })
  await page.getByLabelText('Give an answer again').selectOptions('all')
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/settings', body: { responseCache: 'all' } })
  await page.getByLabelText('The least asked before: Send an email').selectOptions('always')
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/tools/send_mail', body: { loosest: 'always' } })
  expect(await accessibilityFaults()).toEqual([])
})

test('what a plan allows is typed as people write numbers, taken back by emptying, and refused where it cannot be', async () => {
  const plan = { id: 'pro', requestsPerMinute: { chosen: null, builtIn: 60 }, tokensPerCycle: { chosen: 70_000, builtIn: 1_000_000 } }
  const requests = serve({ '/api/v1/admin/plans': list([plan]), '/api/v1/admin/plans/pro': { body: plan } })
  const page = await renderPage(main([<h2 key="title">Plans</h2>, <PlanLimits key="plans" />]))
  const form = page.getByRole('form', { name: 'Pro' })
  await expect.element(form.getByLabelText('Tokens in a month')).toHaveValue('70000')
  await expect.element(form.getByText('Built in: 1,000,000')).toBeVisible()
  await form.getByLabelText('Requests a minute').fill('0')
  await expect.element(form.getByText('A whole number from 1 to 100,000.')).toBeVisible()
  await expect.element(form.getByRole('button', { name: 'Save: Pro' })).toBeDisabled()
  await form.getByLabelText('Requests a minute').fill('1,500')
  await form.getByLabelText('Tokens in a month').fill('')
  expect(await accessibilityFaults()).toEqual([])
  await form.getByRole('button', { name: 'Save: Pro' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/plans/pro', body: { requestsPerMinute: 1500, tokensPerCycle: null } })
})

test('somebody is invited with role and plan, the link is shown once, and an invitation is taken back', async () => {
  const invitation = { id: 'i', email: null, role: 'user', plan: 'pro', delivery: 'link', createdBy: null, createdAt: '2026-11-01T12:00:00Z' }
  const waiting = { ...invitation, expiresAt: '2100-01-01T00:00:00Z', acceptedAt: null, acceptedBy: null }
  let items = [{ ...waiting, email: 'grace@example.org' }]
  const requests = serve({
    'GET /api/v1/admin/users': { body: { items: [], nextCursor: null } },
    get 'GET /api/v1/admin/invitations'() {
      return { body: { items, nextCursor: null } }
    },
    'POST /api/v1/admin/invitations': { status: 201, body: { ...waiting, url: 'https://jarvis.example.org/sign-up#invitation=secret' } },
    get 'DELETE /api/v1/admin/invitations/i'() {
      items = []
      return { body: null }
    },
  })
  const page = await renderPage(main(<Users />))
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByRole('dialog').getByLabelText('Plan').selectOptions('pro')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await expect.element(page.getByText('#invitation=secret')).toBeVisible()
  await page.getByRole('button', { name: 'Done' }).click()
  expect(document.body.textContent).not.toContain('secret')
  expect(requests.find(({ body }) => body !== null)?.body).toMatchObject({ role: 'user', plan: 'pro', expiresAt: expect.any(String) })
  await page.getByRole('button', { name: 'Take back the invitation: grace@example.org' }).click()
  await expect.element(page.getByText('grace@example.org')).not.toBeInTheDocument()
})

test('somebody is added by the keyboard, and the link to set a password by is shown once', async () => {
  const link = { delivery: 'link', url: 'https://jarvis.example.org/reset-password#token=secret', expiresAt: '2100-01-01T00:00:00Z' }
  const taken = { status: 409, body: { code: 'email_taken', detail: 'Another account has this email.' } }
  let answer: { status: number; body: unknown } = taken
  const requests = serve({
    'GET /api/v1/admin/users': list([grace]),
    'GET /api/v1/admin/invitations': list([]),
    get 'POST /api/v1/admin/users'() {
      return answer
    },
  })
  const page = await renderPage(main(<Users />))
  await page.getByRole('button', { name: 'Add somebody' }).click()
  const dialog = page.getByRole('dialog')
  await expect.element(dialog.getByLabelText('Name')).toHaveFocus()
  await userEvent.keyboard('Heidi{Tab}grace@example.org')
  await dialog.getByLabelText('Role').selectOptions('enterprise')
  expect(await accessibilityFaults()).toEqual([])
  await dialog.getByRole('button', { name: 'Add' }).click()
  await expect.element(dialog.getByLabelText('Email')).toHaveAccessibleDescription(/Another account has this email/)
  answer = { status: 201, body: { ...grace, id: 'h', name: 'Heidi', link } }
  await dialog.getByLabelText('Email').fill('heidi@example.org')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await expect.element(page.getByText('#token=secret')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Done' }).click()
  expect(document.body.textContent).not.toContain('secret')
  const body = { name: 'Heidi', email: 'heidi@example.org', role: 'enterprise', plan: 'free' }
  expect(requests).toContainEqual({ path: '/api/v1/admin/users', body })
})

test('of somebody is shown where they are signed in; they are signed out, and erased once their address is typed', async () => {
  const session = { id: 's', createdAt: grace.createdAt, lastSeenAt: grace.createdAt, address: '192.0.2.7', current: false }
  let sessions = [{ ...session, userAgent: 'Mozilla/5.0 (iPhone) Safari/1' }]
  const requests = serve({
    'GET /api/v1/admin/users': list([grace]),
    'GET /api/v1/admin/invitations': list([]),
    get 'GET /api/v1/admin/users/g/sessions'() {
      return list(sessions)
    },
    get 'DELETE /api/v1/admin/users/g/sessions'() {
      sessions = []
      return { body: null }
    },
    'DELETE /api/v1/admin/users/g': { body: null },
  })
  const page = await renderPage(main(<Users />))
  await page.getByRole('button', { name: 'Change Grace' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Where they are signed in' }).click()
  await expect.element(dialog.getByText('Safari on iPhone')).toBeVisible()
  await dialog.getByRole('button', { name: 'Sign them out everywhere' }).click()
  await expect.element(dialog.getByText('They are signed in nowhere.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Erase this person' }).click()
  const field = dialog.getByLabelText('Type grace@example.org to confirm')
  await expect.element(field).toHaveFocus()
  const erase = dialog.getByRole('button', { name: 'Erase', exact: true })
  await field.fill('grace@example.net')
  await expect.element(erase).toBeDisabled()
  await field.fill('Grace@example.org')
  expect(await accessibilityFaults()).toEqual([])
  await erase.click()
  await expect.element(dialog).not.toBeInTheDocument()
  expect(requests.map(({ path }) => path)).toContain('/api/v1/admin/users/g')
})

test('people are sorted, and saved as CSV page by page, with no cell that a spreadsheet would run', async () => {
  const requests = serve({
    '/api/v1/admin/users?order=seen&limit=200': { body: { items: [{ ...grace, name: '=HYPERLINK("x")' }], nextCursor: 'next' } },
    '/api/v1/admin/users?order=seen&limit=200&cursor=next': list([{ ...grace, id: 'h', name: 'Heidi, "H"', factors: { totp: true, passkeys: 2 } }]),
    'GET /api/v1/admin/users': list([grace, { ...grace, id: 'i', name: 'Ida', factors: { totp: false, passkeys: 1 } }]),
    'GET /api/v1/admin/invitations': list([]),
  })
  const saved: Blob[] = []
  const before = URL.createObjectURL
  URL.createObjectURL = (blob: Blob) => (saved.push(blob), before(blob))
  try {
    const page = await renderPage(main(<Users />))
    await expect.element(page.getByRole('rowheader', { name: 'Ida' })).toMatchTextContent('Second factor')
    await expect.element(page.getByRole('rowheader', { name: /^Grace/ })).not.toMatchTextContent('Second factor')
    await page.getByLabelText('Order').selectOptions('seen')
    await expect.poll(() => requests.map(({ path }) => path)).toContain('/api/v1/admin/users?order=seen')
    await page.getByRole('button', { name: 'Save as CSV' }).click()
    await expect.poll(() => saved.length).toBe(1)
  } finally {
    URL.createObjectURL = before
  }
  const lines = (await saved[0]!.text()).split('\r\n')
  expect(lines[0]).toBe('id,email,name,role,plan,disabled,second_factor,tokens_used,cost_usd,created_at,last_seen_at')
  expect(lines[1]).toBe(`g,grace@example.org,"'=HYPERLINK(""x"")",user,free,false,,1200,0.0042,2026-11-01T12:00:00Z,`)
  expect(lines[2]).toContain('h,grace@example.org,"Heidi, ""H""",user,free,false,totp passkey,')
})

test('a directory gets a token, which is shown once, and is refused once it is deleted', async () => {
  const token = { id: 't', name: 'Entra', prefix: 'jv_scim_abcde', createdAt: grace.createdAt, lastUsedAt: null }
  let items: unknown[] = []
  const requests = serve({
    get 'GET /api/v1/admin/scim-tokens'() {
      return list(items)
    },
    get 'POST /api/v1/admin/scim-tokens'() {
      items = [token]
      return { status: 201, body: { ...token, secret: 'jv_scim_abcdefgh' } }
    },
    get 'DELETE /api/v1/admin/scim-tokens/t'() {
      items = []
      return { body: null }
    },
  })
  const page = await renderPage(main(<ScimTokens />))
  await page.getByLabelText('Name of the directory').fill('Entra')
  await page.getByRole('button', { name: 'Make a token' }).click()
  await expect.element(page.getByText('jv_scim_abcdefgh')).toBeVisible()
  await expect.element(page.getByText(/never used/)).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Delete the token Entra' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect.element(page.getByRole('list', { name: 'Tokens of directories' })).not.toBeInTheDocument()
  expect(requests).toContainEqual({ path: '/api/v1/admin/scim-tokens', body: { name: 'Entra' } })
})
