import { beforeEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { MemoryPage } from './memory-page.tsx'

const memory = (id: string, more: object) => ({
  id,
  text: `Text of ${id}`,
  conversationId: null,
  createdAt: '2026-11-01T12:00:00Z',
  origin: 'person',
  trusted: true,
  ...more,
})

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test('each memory says where it came from, and one that is not the person’s own can be trusted or forgotten by keyboard', async () => {
  let items = [
    memory('own', {}),
    memory('said', { origin: 'chat', conversationId: 'c' }),
    memory('planted', { origin: 'tool', trusted: false }),
    memory('old', { origin: 'unknown', trusted: false }),
  ]
  const requests = serve({
    get 'GET /api/v1/memories'() {
      return { body: { items, nextCursor: null } }
    },
    get 'POST /api/v1/memories/planted/trust'() {
      items = items.map((each) => (each.id === 'planted' ? { ...each, trusted: true } : each))
      return { body: items[2] }
    },
    get 'DELETE /api/v1/memories/old'() {
      items = items.filter(({ id }) => id !== 'old')
      return { body: null }
    },
  })
  const page = await renderPage(
    <main>
      <MemoryPage />
    </main>,
  )
  await expect.element(page.getByText('written by you')).toBeVisible()
  await expect.element(page.getByRole('link', { name: 'from a conversation' })).toBeVisible()
  await expect.element(page.getByText('stored by another program, over MCP')).toBeVisible()
  await expect.element(page.getByText('nobody noted where it came from')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])

  const trust = page.getByRole('button', { name: 'Trust “Text of planted”' })
  ;(trust.element() as HTMLElement).focus()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByText('stored by another program, over MCP, trusted by you')).toBeVisible()
  ;(page.getByRole('button', { name: 'Forget “Text of old”' }).element() as HTMLElement).focus()
  await userEvent.keyboard('{Enter}')
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
  await expect.element(page.getByText('Text of old')).not.toBeInTheDocument()
  expect(requests.find(({ path }) => path.endsWith('/trust'))?.body).toEqual({ text: 'Text of planted' })
  expect(requests.map(({ path }) => path)).toEqual(expect.arrayContaining(['/api/v1/memories/planted/trust', '/api/v1/memories/old']))
})

test('the memory can be paused and go on', async () => {
  let memory = 'on'
  const requests = serve({
    get 'GET /api/v1/memories'() {
      return { body: { items: [], nextCursor: null } }
    },
    get 'PATCH /api/v1/me'() {
      memory = memory === 'on' ? 'paused' : 'on'
      return { body: { memory } }
    },
  })
  const page = await renderPage(
    <main>
      <MemoryPage />
    </main>,
  )
  await page.getByRole('button', { name: 'Pause memory' }).click()
  await expect.element(page.getByText('Memory is paused')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Go on remembering' }).click()
  await expect.element(page.getByText('Memory is paused')).not.toBeInTheDocument()
  expect(requests.filter(({ path }) => path === '/api/v1/me').map(({ body }) => body)).toEqual([{ memory: 'paused' }, { memory: 'on' }])
})
