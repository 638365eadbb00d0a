import { beforeEach, expect, test } from 'vitest'
import { announcementsQuery } from '#lib/announcements.ts'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Announcements } from './announcements.tsx'

const text = 'Jarvis is away on Friday.\nFrom six to seven.'
const item = { id: 'a', text, tone: 'warning' as const, startsAt: '2026-11-29T12:00:00Z', endsAt: null }
const other = { ...item, id: 'b', text: 'There is a new model.', tone: 'info' as const }
const signIn = (user: object) =>
  session.set({ status: 'signed-in', user: { id: 'ada', ...user } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
const away = 'Put this announcement away'

beforeEach(() => {
  localStorage.clear()
  signIn({})
})
const show = (theme?: 'light' | 'dark') =>
  renderPage(
    <main>
      <Announcements />
    </main>,
    theme,
  )

test.each(['light', 'dark'] as const)('everybody sees what is announced until they put it away, each for themselves, %s', async (theme) => {
  serve({ '/api/v1/announcements': { body: { items: [item, other], nextCursor: null } } })
  const page = await show(theme)
  const status = page.getByRole('status')
  await expect.element(status.getByText('Jarvis is away on Friday.')).toBeVisible()
  await expect.element(status.getByText('There is a new model.')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: away }).nth(0).click()
  await expect.element(status.getByText('Jarvis is away on Friday.')).not.toBeInTheDocument()
  await expect.element(status.getByText('There is a new model.')).toBeVisible()
  await page.unmount()
  // After a reload it is still away, for this person alone.
  const again = await show()
  await expect.element(again.getByText('There is a new model.')).toBeVisible()
  await expect.element(again.getByText('Jarvis is away on Friday.')).not.toBeInTheDocument()
  signIn({ id: 'grace' })
  await expect.element(again.getByText('Jarvis is away on Friday.')).toBeVisible()
})

test('what is announced meanwhile comes by itself, and goes when it ends', async () => {
  serve({ '/api/v1/announcements': { body: { items: [], nextCursor: null } } })
  const page = await show()
  await expect.poll(() => queryClient.getQueryData(announcementsQuery.queryKey)).toEqual({ items: [], nextCursor: null })
  queryClient.setQueryData(announcementsQuery.queryKey, { items: [other], nextCursor: null })
  await expect.element(page.getByRole('status').getByText('There is a new model.')).toBeVisible()
  queryClient.setQueryData(announcementsQuery.queryKey, { items: [], nextCursor: null })
  await expect.element(page.getByText('There is a new model.')).not.toBeInTheDocument()
})

test('an administrator who has yet to accept the terms is led there, and nothing is asked that would be refused', async () => {
  signIn({ role: 'admin', termsRequired: true })
  const requests = serve({})
  const page = await show()
  await expect.element(page.getByRole('link', { name: 'Read the terms' })).toHaveAttribute('href', '/terms')
  expect(requests).toEqual([])
  expect(await accessibilityFaults()).toEqual([])
})
