import { expect, test } from 'vitest'
import { type Entry, outbox } from '#features/chat/live/outbox.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Refused } from './refused.tsx'

const entry = (more: Partial<Entry>): Entry => ({
  conversationId: 'c',
  messageId: 'm',
  parentId: null,
  seenId: null,
  content: 'Hello',
  model: 'auto',
  createdAt: '2026-01-01T00:00:00Z',
  error: 'You have sent too many messages.',
  retryAt: null,
  accepted: null,
  ...more,
})

test('a refused message says why, counts down to when it may go, and goes with one click', async () => {
  serve({})
  const refused = entry({ retryAt: Date.now() + 2000 })
  outbox.set([refused])
  const page = await renderPage(
    <main>
      <Refused entry={refused} />
    </main>,
  )
  await expect.element(page.getByRole('alert')).toMatchTextContent(/too many messages/)
  const button = page.getByRole('button', { name: 'Send again' })
  await expect.element(button).toMatchTextContent(/Send again in [12] s/)
  await expect.element(button).toBeDisabled()
  await expect.element(button).toBeEnabled()
  expect(await accessibilityFaults()).toEqual([])
  await button.click()
  expect(outbox.get()).toMatchObject([{ messageId: 'm', content: 'Hello', error: null, retryAt: null }])
})

test('without a time it can be sent again at once, or discarded', async () => {
  serve({})
  outbox.set([entry({})])
  const page = await renderPage(<Refused entry={entry({})} />)
  await expect.element(page.getByRole('button', { name: 'Send again' })).toBeEnabled()
  await page.getByRole('button', { name: 'Discard' }).click()
  expect(outbox.get()).toEqual([])
})
