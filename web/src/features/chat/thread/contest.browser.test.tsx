import { expect, onTestFinished, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, serve } from '#lib/test-page.tsx'
import { question, stored, thread } from './test-thread.tsx'

function signIn() {
  session.set({ status: 'signed-in', user: { role: 'user' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  onTestFinished(() => session.set({ status: 'signed-out' }))
}

test('of a message that was blocked its writer says that it is a mistake', async () => {
  signIn()
  const error = { code: 'blocked_by_guard', detail: 'This message looks like an attempt to have a secret told.' } as const
  const blocked = stored('a', 'q', { role: 'assistant', status: 'failed', error })
  const page = await thread([question, blocked])
  const button = page.getByRole('button', { name: 'This is a mistake' })
  await expect.element(button).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Try again' })).not.toBeInTheDocument()
  expect(await accessibilityFaults()).toEqual([])
  const requests = serve({ 'PUT /api/v1/messages/a/feedback': { body: null } })
  await button.click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/messages/a/feedback', body: { rating: 'down' } })
})

test('that a block was called a mistake stays said until it is taken back', async () => {
  signIn()
  const error = { code: 'blocked_by_guard', detail: 'This message looks like an attempt to have a secret told.' } as const
  const page = await thread([question, stored('a', 'q', { role: 'assistant', status: 'failed', error, feedback: { rating: 'down' } })])
  await expect.element(page.getByText(/You called this a mistake/)).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  const requests = serve({ 'DELETE /api/v1/messages/a/feedback': { body: null } })
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/messages/a/feedback', body: null })
})
