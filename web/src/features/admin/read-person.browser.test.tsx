import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { AdminPrivacy } from './privacy.tsx'
import { ReadPerson } from './read-person.tsx'

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

const grace = { id: 'g', name: 'Grace', email: 'grace@example.org' }
const conversation = { id: 'c', title: 'Bees', createdAt: '2026-11-01T12:00:00Z', updatedAt: '2026-11-01T12:00:00Z' }
const access = { id: 'a', at: '2026-11-01T12:00:00Z', reason: 'Ticket 4711' }

test('an administrator says why before they see titles, and reads one conversation for the same reason', async () => {
  const requests = serve({
    'POST /api/v1/admin/users/g/conversations/read': { body: { access, items: [conversation], nextCursor: null } },
    'POST /api/v1/admin/conversations/c/read': {
      body: {
        access,
        userId: 'g',
        conversation,
        messages: [
          { id: 'm', role: 'user', content: 'My aunt keeps bees.' },
          { id: 'n', role: 'assistant', content: 'How nice.' },
        ],
        nextCursor: null,
      },
    },
  })
  const page = await renderPage(
    <main>
      <ReadPerson user={grace as never} />
    </main>,
  )
  await page.getByRole('button', { name: 'Read conversations' }).click()
  await expect.element(page.getByText('Grace is shown that you read, when, and this reason.')).toBeVisible()
  expect(requests).toEqual([])
  await page.getByLabelText('Why you read').fill('Ticket 4711')
  await page.getByRole('button', { name: 'Show the conversations' }).click()
  await page.getByRole('button', { name: 'Bees' }).click()
  await expect.element(page.getByText('My aunt keeps bees.')).toBeVisible()
  expect(requests).toEqual([
    { path: '/api/v1/admin/users/g/conversations/read', body: { reason: 'Ticket 4711' } },
    { path: '/api/v1/admin/conversations/c/read', body: { reason: 'Ticket 4711' } },
  ])
  expect(await accessibilityFaults()).toEqual([])
})

test('reading is switched off on the page', async () => {
  const requests = serve({
    '/api/v1/admin/retention': { body: { conversationDays: null, due: null, kept: [] } },
    'GET /api/v1/admin/privacy': { body: { conversationReads: 'with_reason', source: 'page' } },
    'PATCH /api/v1/admin/privacy': { body: { conversationReads: 'off', source: 'page' } },
  })
  const page = await renderPage(<AdminPrivacy />)
  await page.getByLabelText('Administrators read conversations of others').selectOptions('off')
  await expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/privacy', body: { conversationReads: 'off' } })
})

test('what the environment says of reading is shown, and not to be changed', async () => {
  serve({ '/api/v1/admin/privacy': { body: { conversationReads: 'off', source: 'environment' } } })
  const page = await renderPage(<AdminPrivacy />)
  await expect.element(page.getByLabelText('Administrators read conversations of others')).toBeDisabled()
  await expect.element(page.getByText('The operator’s setting CONVERSATION_READS says this: change it there.')).toBeVisible()
})
