import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Accesses } from './accesses.tsx'

const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const access = {
  id: 'a',
  at: '2026-11-01T12:00:00Z',
  by: { id: 'g', name: 'Grace', email: 'grace@example.org' },
  what: 'conversation',
  conversationId: 'c',
  title: 'Bees',
  reason: 'Ticket 4711',
}

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test.each(['light', 'dark'] as const)('a person sees who read what they said, when and why, %s', async (theme) => {
  serve({
    '/api/v1/me/access': list([
      access,
      { ...access, id: 'b', by: null, what: 'list', conversationId: null, title: null },
      { ...access, id: 'd', title: null, by: { ...access.by, name: '' } },
    ]),
  })
  const page = await renderPage(
    <main>
      <Accesses />
    </main>,
    theme,
  )
  const items = page.getByRole('list', { name: 'Who read your conversations' }).getByRole('listitem')
  await expect.element(items.nth(0)).toMatchTextContent(/^Grace · .*2026.*“Ticket 4711”Bees$/)
  await expect.element(page.getByRole('link', { name: 'Bees' })).toHaveAttribute('href', '/c/c')
  await expect.element(items.nth(1)).toMatchTextContent(/^An administrator whose account is gone.*The titles of your conversations$/)
  await expect.element(items.nth(2)).toMatchTextContent(/^grace@example\.org.*A deleted conversation$/)
  expect(await accessibilityFaults()).toEqual([])
})

test('where nobody read anything the page says so', async () => {
  serve({ '/api/v1/me/access': list([]) })
  const page = await renderPage(<Accesses />)
  await expect.element(page.getByText('No administrator has read your conversations.')).toBeVisible()
})
