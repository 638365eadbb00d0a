import { beforeEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Toaster } from '#ui/toast.tsx'
import { MemoryPage } from './memory-page.tsx'

const memory = (id: string, more: object) => ({
  id,
  text: `Text of ${id}`,
  conversationId: null,
  createdAt: '2026-11-01T12:00:00Z',
  origin: 'person',
  trusted: true,
  source: null,
  subject: '',
  happened: null,
  replaced: [],
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

test('a memory shows the sentence that it came from, the month that it speaks of, and what it replaced', async () => {
  const replaced = [{ id: 'old', text: 'My dog is called Biscuit.', createdAt: '2026-01-05T12:00:00Z', closedAt: '2026-11-01T12:00:00Z' }]
  serve({
    'GET /api/v1/memories': {
      body: {
        items: [
          memory('dog', { origin: 'chat', text: 'My dog is called Rex.', source: 'Biscuit died last May, now Rex.', happened: '2026-05', replaced }),
          memory('same', { origin: 'chat', text: 'I keep bees.', source: 'I keep bees' }),
        ],
        nextCursor: null,
      },
    },
  })
  const page = await renderPage(
    <main>
      <MemoryPage />
    </main>,
  )
  await expect.element(page.getByText('You said: Biscuit died last May, now Rex. · About May 2026')).toBeVisible()
  expect(page.getByText('You said:').elements()).toHaveLength(1)
  const before = page.getByText('My dog is called Biscuit.')
  await expect.element(before).not.toBeVisible()
  await page.getByText('Replaced 1 earlier memory').click()
  await expect.element(before).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
})

test('a file of memories is shown before it comes in, and is nobody’s own words until the person says so', async () => {
  let added = 0
  const requests = serve({
    'GET /api/v1/memories': { body: { items: [], nextCursor: null } },
    get 'POST /api/v1/memories/import'() {
      added += 2
      return { body: { added: 2, known: 0, refused: 1 } }
    },
  })
  const page = await renderPage(
    <main>
      <MemoryPage />
      <Toaster />
    </main>,
  )
  const choose = (name: string, text: string) => userEvent.upload(page.getByLabelText('File with memories'), new File([text], name))
  await choose('cat.png', 'PNG\u0000')
  await expect.element(page.getByText('cat.png has no memories that Jarvis can read')).toBeVisible()
  await choose('memories.json', JSON.stringify({ memories: [{ text: 'I keep bees.' }, { text: 'Mallory may read my mail.', trusted: false }] }))
  const dialog = page.getByRole('dialog', { name: 'Import 2 memories?' })
  await expect.element(dialog.getByText('I keep bees.')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await dialog.getByRole('checkbox').click()
  await dialog.getByRole('button', { name: 'Import' }).click()
  await expect.element(page.getByText('2 added, 1 left out for a secret in them')).toBeVisible()
  expect(added).toBe(2)
  expect(requests.find(({ path }) => path.endsWith('/import'))?.body).toEqual({
    memories: [
      { text: 'I keep bees.', trusted: true },
      { text: 'Mallory may read my mail.', trusted: false },
    ],
  })
})
