import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Terms } from './terms.tsx'

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test('a person sees which terms they accepted, and when; where there were none nothing is said of them', async () => {
  const requests = serve({ '/api/v1/me/terms': { body: { items: [], nextCursor: null } } })
  const page = await renderPage(
    <main>
      <Terms />
    </main>,
  )
  await expect.poll(() => requests).toHaveLength(1)
  await expect.element(page.getByRole('main')).toBeEmptyDOMElement()
  await page.unmount()
  serve({ '/api/v1/me/terms': { body: { items: [{ version: 2, acceptedAt: '2026-11-29T13:00:00Z' }], nextCursor: null } } })
  const other = await renderPage(
    <main>
      <Terms />
    </main>,
  )
  const list = other.getByRole('list', { name: 'Terms that you accepted' })
  await expect.element(list.getByRole('listitem')).toMatchTextContent(/^Version 2, accepted .*2026/)
  await expect.element(other.getByRole('link', { name: 'Read the terms' })).toHaveAttribute('href', '/terms')
  expect(await accessibilityFaults()).toEqual([])
})
