import { beforeEach, expect, test } from 'vitest'
import { page as screen, userEvent } from 'vitest/browser'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Users } from './users.tsx'

const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const none = { 'GET /api/v1/admin/users': list([]), 'GET /api/v1/admin/invitations': list([]) }
const path = '/api/v1/admin/invitations/import'
const csv = '\uFEFFEmail;Name;Role;Plan\r\nada@example.org;"=HYPERLINK(""x"")";admin;pro\r\nnobody;Bob;;\r\n\r\ngrace@example.org;Grace;;\r\n'
const invited = (email: string, outcome: string, role: string, plan: string, url: string | null = null) => ({ email, role, plan, outcome, url })
const wrong = { email: 'nobody', role: null, plan: null, outcome: 'wrong_address', url: null }
const judged = (outcome: 'mail' | 'link', link: (name: string) => string | null = () => null) => ({
  rows: [
    invited('ada@example.org', outcome, 'admin', 'pro', link('ada')),
    wrong,
    invited('grace@example.org', outcome, 'user', 'free', link('grace')),
  ],
  invited: 2,
  skipped: 1,
})

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

async function open(theme: 'light' | 'dark' = 'light') {
  const page = await renderPage(
    <main>
      <h1>Administration</h1>
      <Users />
    </main>,
    theme,
  )
  await page.getByRole('button', { name: 'Import from a file' }).click()
  await expect.element(page.getByRole('heading', { name: 'People from a file' })).toHaveFocus()
  return page
}
const choose = (page: Awaited<ReturnType<typeof open>>, text: string) =>
  page.getByLabelText('File with people').upload(new File([text], 'people.csv', { type: 'text/csv' }))

test.each([
  ['light', 1280],
  ['dark', 360],
] as const)('a file is shown before anything is sent, then sent once, %s, %i px', async (theme, width) => {
  await screen.viewport(width, 900)
  let answer: object = judged('link')
  const requests = serve({
    ...none,
    get [path]() {
      return { body: answer }
    },
  })
  const saved: Blob[] = []
  const before = URL.createObjectURL
  URL.createObjectURL = (blob: Blob) => (saved.push(blob), before(blob))
  try {
    const page = await open(theme)
    expect(await accessibilityFaults()).toEqual([])
    await choose(page, csv)
    await expect.element(page.getByRole('table', { name: 'Skipped' })).toMatchTextContent(/nobody.*3.*This is no email address\./)
    await expect
      .element(page.getByRole('table', { name: 'Would be invited' }))
      .toMatchTextContent(/ada@example\.org.*Administrator.*grace@example\.org/)
    await expect.element(page.getByText('1 of them becomes an administrator.')).toBeVisible()
    await expect.element(page.getByText('Letters are not sent here')).toBeVisible()
    const rows = [
      { email: 'ada@example.org', role: 'admin', plan: 'pro' },
      { email: 'nobody', role: '', plan: '' },
      { email: 'grace@example.org', role: '', plan: '' },
    ]
    expect(requests.filter((request) => request.path === path)).toEqual([{ path, body: { rows, preview: true } }])
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width)
    expect(await accessibilityFaults()).toEqual([])

    answer = judged('link', (name) => `https://jarvis.example.org/sign-up#invitation=${name}`)
    await page.getByLabelText('Good').selectOptions('30')
    await page.getByRole('button', { name: 'Make the invitations' }).click()
    await expect.element(page.getByText('2 people are invited. 1 row was skipped.')).toBeVisible()
    expect(requests.filter((request) => request.path === path)[1]).toEqual({ path, body: { rows, expiresAt: expect.any(String) } })
    expect(document.body.textContent).not.toContain('#invitation')
    // Nobody leaves the links behind by mistake.
    await page.getByRole('button', { name: 'Done' }).click()
    await expect.element(page.getByRole('dialog')).toMatchTextContent(/You have not saved them/)
    expect(await accessibilityFaults()).toEqual([])
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Save the list as CSV' }).click()
    expect((await saved[0]!.text()).split('\r\n')).toEqual([
      'row,email,name,role,plan,invitation',
      `2,ada@example.org,"'=HYPERLINK(""x"")",admin,pro,https://jarvis.example.org/sign-up#invitation=ada`,
      '3,nobody,Bob,,,skipped: wrong_address',
      '5,grace@example.org,Grace,user,free,https://jarvis.example.org/sign-up#invitation=grace',
      '',
    ])
    await page.getByRole('button', { name: 'Done' }).click()
    await expect.element(page.getByRole('button', { name: 'Import from a file' })).toHaveFocus()
  } finally {
    URL.createObjectURL = before
    await screen.viewport(1280, 900)
  }
})

test('where letters are sent there is nothing to hand over; by the keyboard alone', async () => {
  serve({ ...none, [path]: { body: judged('mail') } })
  const page = await open()
  await choose(page, csv)
  await expect.element(page.getByText('Each gets a letter with a link, which works once.')).toBeVisible()
  const send = page.getByRole('button', { name: 'Send the invitations' })
  for (let at = 0; at < 12 && document.activeElement !== send.element(); at++) await userEvent.keyboard('{Tab}')
  await expect.element(send).toHaveFocus()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByRole('heading', { name: 'People from a file' })).toHaveFocus()
  await expect.element(page.getByText('2 people are invited. 1 row was skipped.')).toBeVisible()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect.element(page.getByRole('button', { name: 'Import from a file' })).toHaveFocus()
})

test('a file that cannot be read, and a refusal, are said, and another file can be chosen', async () => {
  let answer: { status?: number; body: unknown } = { status: 429, body: { code: 'rate_limited', detail: 'Too many requests.' } }
  const requests = serve({
    ...none,
    get [path]() {
      return answer
    },
  })
  const page = await open()
  await choose(page, 'name,role\nAda,user')
  await expect.element(page.getByRole('alert')).toMatchTextContent(/no column that is called “email”/)
  expect(requests.filter((request) => request.path === path)).toEqual([])
  await choose(page, 'email\nada@example.org')
  await expect.element(page.getByRole('alert')).toMatchTextContent('Too many requests.')
  answer = { body: { rows: [{ ...wrong, email: 'ada@example.org', outcome: 'already_here' }], invited: 0, skipped: 1 } }
  await choose(page, 'email\nada@example.org')
  await expect.element(page.getByText('They have an account already.')).toBeVisible()
  await expect.element(page.getByRole('button', { name: /invitations/ })).not.toBeInTheDocument()
})
