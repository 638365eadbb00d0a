import type { File } from '@jarvis/contracts/files.ts'
import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Files } from './files.tsx'

const own: File = {
  id: 'f',
  name: 'tides.pdf',
  mediaType: 'application/pdf',
  bytes: 1000,
  sha256: '',
  createdAt: '2026-11-01T12:00:00Z',
  status: 'ready',
  error: null,
  pages: 3,
  progress: null,
  url: null,
  sharedBy: null,
}
const theirs: File = { ...own, id: 't', name: 'plan.pdf', sharedBy: { userId: 'b', name: 'Bob' } }
const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test.each(['light', 'dark'] as const)('what others share is marked, and only read; what is one’s own is shared with a group (%s)', async (theme) => {
  const requests = serve({
    '/api/v1/files': list([own, theirs]),
    '/api/v1/organisations': list([{ id: 'o', name: 'Example Ltd' }]),
    '/api/v1/organisations/o/groups': list([{ id: 'g', name: 'Research', members: 4, isIn: true, createdAt: own.createdAt }]),
    '/api/v1/sharing/file/f': { body: { everyone: false, groupIds: [] } },
  })
  const page = await renderPage(
    <main>
      <Files />
    </main>,
    theme,
  )
  await expect.element(page.getByText('Shared by Bob')).toBeVisible()
  expect(page.getByRole('button', { name: /plan\.pdf/ }).elements()).toHaveLength(0)
  await page.getByRole('button', { name: 'Share tides.pdf' }).click()
  await page.getByLabelText('Research').click()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/sharing/file/f', body: { everyone: false, groupIds: ['g'] } })
})

test('who is in no organisation has nobody to share with', async () => {
  serve({ '/api/v1/files': list([own]), '/api/v1/organisations': list([]) })
  const page = await renderPage(
    <main>
      <Files />
    </main>,
  )
  await expect.element(page.getByRole('button', { name: 'Delete tides.pdf' })).toBeVisible()
  expect(page.getByRole('button', { name: 'Share tides.pdf' }).elements()).toHaveLength(0)
})
