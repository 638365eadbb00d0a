import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { AdminAnnouncements } from './announcements.tsx'
import { AdminTerms } from './terms.tsx'

const item = { id: 'a', tone: 'info', startsAt: '2026-11-01T12:00:00Z', endsAt: null, createdBy: 'g', createdAt: '2026-11-01T12:00:00Z' }
const items = [
  { ...item, text: 'Shown now.' },
  { ...item, id: 'b', text: 'Later.', startsAt: '2126-11-01T12:00:00Z' },
  { ...item, id: 'c', text: 'Long ago.', endsAt: '2026-11-02T12:00:00Z' },
]
const version = (number: number, text: string, accepted: number) => ({
  version: number,
  text,
  accepted,
  publishedAt: '2026-11-01T12:00:00Z',
  publishedBy: 'g',
})

beforeEach(() =>
  session.set({ status: 'signed-in', user: { id: 'g', role: 'admin' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }),
)

test.each(['light', 'dark'] as const)('an administrator announces, ends and deletes, %s', async (theme) => {
  const requests = serve({
    'GET /api/v1/admin/announcements': { body: { items, nextCursor: null } },
    'POST /api/v1/admin/announcements': { status: 201, body: items[0] },
    '/api/v1/admin/announcements/a/end': { body: items[0] },
    '/api/v1/admin/announcements/c': { body: null },
  })
  const page = await renderPage(
    <main>
      <AdminAnnouncements />
    </main>,
    theme,
  )
  const list = page.getByRole('list', { name: 'Announcements' }).getByRole('listitem')
  await expect.element(list.nth(0)).toMatchTextContent(/^Shown now\.shownfrom .*2026/)
  await expect.element(list.nth(1)).toMatchTextContent(/^Later\.to come/)
  await expect.element(list.nth(2)).toMatchTextContent(/^Long ago\.endedfrom .* until /)
  await expect.element(list.nth(2).getByRole('button', { name: 'End now' })).not.toBeInTheDocument()
  expect(await accessibilityFaults()).toEqual([])

  await page.getByLabelText('Text').fill('Jarvis is away on Friday.')
  await page.getByLabelText('Kind').selectOptions('warning')
  await page.getByLabelText('Until').fill('2126-12-01T18:00')
  await page.getByRole('button', { name: 'Announce' }).click()
  const endsAt = new Date('2126-12-01T18:00').toISOString()
  const body = { text: 'Jarvis is away on Friday.', tone: 'warning', endsAt }
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/announcements', body })
  await expect.element(page.getByLabelText('Text')).toHaveValue('')

  await list.nth(0).getByRole('button', { name: 'End now' }).click()
  await expect.poll(() => requests.map(({ path }) => path)).toContain('/api/v1/admin/announcements/a/end')
  await list.nth(2).getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect.poll(() => requests.map(({ path }) => path)).toContain('/api/v1/admin/announcements/c')
})

test('an administrator publishes terms, sees who accepted them, and may take them back', async () => {
  const requests = serve({
    'GET /api/v1/admin/terms': { body: { items: [version(2, 'Two.', 1), version(1, 'One.', 3)], people: 4, nextCursor: null } },
    '/api/v1/me': { body: { id: 'g', role: 'admin', termsRequired: true } },
    'POST /api/v1/admin/terms': { status: 201, body: version(3, 'Three.', 0) },
  })
  const page = await renderPage(
    <main>
      <AdminTerms />
    </main>,
  )
  const rows = page.getByRole('table', { name: 'Versions' }).getByRole('row')
  await expect.element(rows.nth(1)).toMatchTextContent(/in force.*1 of 4$/)
  await expect.element(rows.nth(2)).toMatchTextContent(/replaced.*3$/)
  expect(await accessibilityFaults()).toEqual([])
  const publish = page.getByRole('button', { name: 'Publish', exact: true })
  await expect.element(publish).toBeDisabled()
  await page.getByLabelText('Text, in Markdown').fill('Three.')
  await publish.click()
  const dialog = page.getByRole('dialog', { name: 'Publish version 3?' })
  expect(requests.filter(({ body }) => body !== null)).toEqual([])
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/terms', body: { text: 'Three.' } })
  await expect.element(dialog).not.toBeInTheDocument()
  await page.getByRole('button', { name: 'Ask nobody any more' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Ask nobody any more' }).click()
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/terms', body: { text: '' } })
})
