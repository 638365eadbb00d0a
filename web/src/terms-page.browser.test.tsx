import { beforeEach, expect, test } from 'vitest'
import { session, signedOut } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { TermsPage } from './terms-page.tsx'

const current = { version: 2, text: '## Data\n\nGive Jarvis **no data** of customers.', publishedAt: '2026-11-29T12:00:00Z' }
const terms = { '/api/v1/terms': { body: { current } } }
const signIn = (user: object) =>
  session.set({
    status: 'signed-in',
    user: { id: 'ada', role: 'user', termsRequired: true, ...user } as never,
    accessToken: 'token',
    expiresAt: Date.now() + 900_000,
  })
const waits = () => {
  const state = session.get()
  return state.status === 'signed-in' ? state.user.termsRequired : undefined
}
const show = (theme?: 'light' | 'dark') => renderPage(<TermsPage />, theme, '/terms')

beforeEach(() => signIn({}))

test.each(['light', 'dark'] as const)('who has to accept the terms reads them, and goes on once they have, %s', async (theme) => {
  const requests = serve({ ...terms, '/api/v1/me/terms': { body: { version: 2, acceptedAt: '2026-11-29T13:00:00Z' } } })
  const page = await show(theme)
  await expect.element(page.getByRole('heading', { name: 'Data' })).toBeVisible()
  await expect.element(page.getByText('no data', { exact: true })).toBeVisible()
  await expect.element(page.getByText(/^Version 2, of /)).toBeVisible()
  await expect.element(page.getByRole('link', { name: 'Administration' })).not.toBeInTheDocument()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByText('If you do not accept them').click()
  await expect.element(page.getByRole('button', { name: 'Export' })).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Delete account' })).toBeVisible()
  await page.getByRole('button', { name: 'I accept the terms' }).click()
  await expect.poll(waits).toBe(false)
  expect(requests).toContainEqual({ path: '/api/v1/me/terms', body: { version: 2 } })
})

test('terms that were replaced meanwhile are shown as they are now, and asked for again', async () => {
  let version = 2
  serve({
    get '/api/v1/terms'() {
      return { body: { current: { ...current, version, text: version === 2 ? 'The old ones.' : 'The new ones.' } } }
    },
    get '/api/v1/me/terms'() {
      const isNow = version === 3
      version = 3
      return isNow
        ? { body: { version: 3, acceptedAt: '2026-11-29T13:00:00Z' } }
        : { status: 409, body: { code: 'conflict', detail: 'These terms are not in force any more.' } }
    },
  })
  const page = await show()
  await expect.element(page.getByText('The old ones.')).toBeVisible()
  await page.getByRole('button', { name: 'I accept the terms' }).click()
  await expect.element(page.getByRole('alert')).toMatchTextContent(/not in force any more/)
  await expect.element(page.getByText('The new ones.')).toBeVisible()
  await page.getByRole('button', { name: 'I accept the terms' }).click()
  await expect.poll(waits).toBe(false)
})

test('where they were taken back one goes on without an answer', async () => {
  serve({ '/api/v1/terms': { body: { current: null } } })
  const page = await show()
  await expect.element(page.getByText('There are no terms here.')).toBeVisible()
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.poll(waits).toBe(false)
})

test('an administrator finds the way to the administration, a stranger the way in', async () => {
  serve(terms)
  signIn({ role: 'admin' })
  const page = await show()
  await expect.element(page.getByRole('link', { name: 'Administration' })).toHaveAttribute('href', '/admin')
  await page.unmount()
  signedOut()
  const stranger = await show()
  await expect.element(stranger.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await expect.element(stranger.getByRole('button', { name: 'I accept the terms' })).not.toBeInTheDocument()
  expect(await accessibilityFaults()).toEqual([])
})
