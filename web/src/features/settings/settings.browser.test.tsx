import type { ReactNode } from 'react'
import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { ApiKeys } from './api-keys.tsx'
import { InstructionsForm } from './instructions-form.tsx'
import { SecondFactor } from './second-factor.tsx'
import { StandingApprovals } from './standing-approvals.tsx'
import { ToolPolicies } from './tool-policies.tsx'

const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const main = (element: ReactNode) => <main>{element}</main>
const tool = (more: object) => ({ name: 'send_mail', title: 'Send an email', risk: 'act', policy: 'always', loosest: 'conversation', ...more })

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test('a tool can be made as loose as the administrator allows, and no looser', async () => {
  const requests = serve({
    '/api/v1/tools': list([tool({}), tool({ name: 'system_command', title: 'System command', loosest: 'always' })]),
    '/api/v1/tools/send_mail': { body: tool({ policy: 'conversation' }) },
  })
  const page = await renderPage(main(<ToolPolicies />))
  const select = page.getByLabelText('When to ask before: Send an email')
  await expect.poll(() => [...(select.element() as HTMLSelectElement).options].map(({ value }) => value)).toEqual(['always', 'conversation'])
  await expect.element(page.getByText('Ask every time, as your administrator has set')).toBeVisible()
  await select.selectOptions('conversation')
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/tools/send_mail', body: { policy: 'conversation' } })
  expect(await accessibilityFaults()).toEqual([])
})

test('a standing approval names its tool and conversation, and can be taken back', async () => {
  let items = [{ id: 's', tool: 'send_mail', conversationId: 'c', conversationTitle: 'Letters', createdAt: '2026-11-01T12:00:00Z' }]
  const requests = serve({
    '/api/v1/tools': list([tool({})]),
    get '/api/v1/approvals'() {
      return list(items)
    },
    get '/api/v1/approvals/s'() {
      items = []
      return { body: null }
    },
  })
  const page = await renderPage(<StandingApprovals />)
  await expect.element(page.getByRole('link', { name: 'Letters' })).toBeVisible()
  await page.getByRole('button', { name: 'Ask again before: Send an email' }).click()
  await expect.element(page.getByText('None. When you tell Jarvis')).toBeVisible()
  expect(requests.map(({ path }) => path)).toContain('/api/v1/approvals/s')
})

test('the secret of a new key is shown once', async () => {
  const key = { id: 'k', name: 'Robot', prefix: 'jv_abc', createdAt: '2026-11-01T12:00:00Z', lastUsedAt: null, expiresAt: null }
  const requests = serve({
    'GET /api/v1/api-keys': list([]),
    'POST /api/v1/api-keys': { status: 201, body: { ...key, secret: 'jv_abc.secret' } },
  })
  const page = await renderPage(main(<ApiKeys />))
  await page.getByLabelText('Name of the new key').fill('Robot')
  await page.getByLabelText('Memories').click()
  await page.getByLabelText('Budget in US$').fill('2.5')
  await page.getByRole('button', { name: 'Create key' }).click()
  await expect.element(page.getByLabelText('Secret key')).toHaveValue('jv_abc.secret')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'I have kept it' }).click()
  expect(document.body.textContent).not.toContain('secret')
  expect(requests).toContainEqual({
    path: '/api/v1/api-keys',
    body: { name: 'Robot', scopes: ['chat', 'v1', 'memory'], budgetMicroUsdPerMonth: 2_500_000 },
  })
})

test('a key says what it opens and what it has cost', async () => {
  const key = { id: 'k', name: 'Robot', prefix: 'jv_abc', createdAt: '2026-11-01T12:00:00Z', lastUsedAt: null, expiresAt: null }
  serve({ 'GET /api/v1/api-keys': list([{ ...key, scopes: ['v1'], models: ['auto'], budgetMicroUsdPerMonth: 2_000_000, spentMicroUsd: 500_000 }]) })
  const page = await renderPage(main(<ApiKeys />))
  await expect.element(page.getByText('Models (OpenAI’s API), only auto · $0.50 of $2.00 this month')).toBeVisible()
})

test('what a person wishes for each answer is read and changed', async () => {
  const requests = serve({
    'GET /api/v1/me': { body: { instructions: 'Be brief.' } },
    'PATCH /api/v1/me': { body: { instructions: 'Be brief. I am a nurse.' } },
  })
  const page = await renderPage(main(<InstructionsForm />))
  const field = page.getByLabelText('Instructions')
  await expect.element(field).toHaveValue('Be brief.')
  await field.fill('Be brief. I am a nurse. ')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/me', body: { instructions: 'Be brief. I am a nurse.' } })
})

test('an authenticator app is set up by a picture or a key, and its recovery codes are shown once', async () => {
  const codes = Array.from({ length: 10 }, (_, n) => `k3m9x-7tq2${n}`)
  const qrSvg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" /></svg>'
  let totp = false
  const requests = serve({
    get 'GET /api/v1/auth/factors'() {
      return { body: { totp, passkeys: 0, recoveryCodesLeft: totp ? 10 : 0, isRequired: false } }
    },
    'POST /api/v1/auth/totp': { body: { secret: 'GEZDGNBVGY3TQOJQ', uri: 'otpauth://totp/Jarvis:a', qrSvg } },
    get 'POST /api/v1/auth/totp/confirm'() {
      totp = true
      return { body: { recoveryCodes: codes } }
    },
  })
  const page = await renderPage(main(<SecondFactor />))
  await page.getByRole('button', { name: 'Set up' }).click()
  await expect.element(page.getByLabelText('Your password')).toHaveFocus()
  await page.getByLabelText('Your password').fill('correct horse')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.element(page.getByRole('img', { name: 'A QR code of the key below' })).toBeVisible()
  await expect.element(page.getByRole('group', { name: 'Key' })).toHaveTextContent('GEZD GNBV GY3T QOJQ')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByLabelText('The code that the app shows').fill('123 456')
  await page.getByRole('button', { name: 'Switch it on' }).click()
  await expect.poll(() => page.getByRole('list', { name: 'Recovery codes' }).element().textContent).toBe(codes.join(''))
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await expect.element(page.getByText('10 recovery codes left')).toBeVisible()
  expect(document.body.textContent).not.toContain(codes[0])
  expect(requests).toContainEqual({ path: '/api/v1/auth/totp/confirm', body: { code: '123 456' } })
})
