import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Message } from '@jarvis/contracts/chat.ts'
import { beforeEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { type Loaded, messagesKey } from '#features/chat/queries.ts'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Toaster } from '#ui/toast.tsx'
import { chooseLanguage } from '#words/language.ts'
import { Approvals } from './approvals.tsx'

const interrupt = (id: string, more: Partial<Interrupt> = {}): Interrupt => ({
  id,
  toolCallId: `call-${id}`,
  tool: 'send_mail',
  args: '{"to":"alice@example.org","text":"Hi \u202Eecila"}',
  argsHash: `hash-${id}`,
  risk: 'act',
  reason: 'This tool acts outside Jarvis.',
  leaves: { to: 'mail.example.org', content: 'Hi' },
  taint: 'The run read https://evil.example/page.',
  mayRemember: true,
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
  ...more,
})

const waiting = (interrupts: Interrupt[]): Message => ({
  id: 'a',
  parentId: 'q',
  conversationId: 'c',
  runId: 'r',
  role: 'assistant',
  content: 'I will write.',
  parts: [{ type: 'text', text: 'I will write.' }],
  finishReason: null,
  status: 'waiting',
  model: null,
  usage: null,
  toolCalls: interrupts.map(({ toolCallId, tool, args }) => ({
    id: toolCallId,
    name: tool,
    args,
    result: null,
    status: 'waiting',
    offset: 0,
    durationMs: null,
    screenshot: null,
  })),
  sources: [],
  route: null,
  memories: [],
  interrupts,
  error: null,
  createdAt: '2026-01-01T00:00:00Z',
})

const path = '/api/v1/runs/r/resume'

async function show(interrupts: Interrupt[], replies: Parameters<typeof serve>[0] = {}, arrived = false, theme?: 'light' | 'dark') {
  const requests = serve({
    '/api/v1/tools': { body: { items: [{ name: 'send_mail', title: 'Send an email' }], nextCursor: null } },
    [path]: { status: 202, body: { runId: 'r2' } },
    ...replies,
  })
  const message = waiting(interrupts)
  const page = await renderPage(
    <main>
      <textarea aria-label="Message to Jarvis" />
      <Approvals message={message} arrived={arrived} />
      <Toaster />
    </main>,
    theme,
  )
  queryClient.setQueryData<Loaded>(messagesKey('c'), { messages: [message], older: null })
  const stored = () => queryClient.getQueryData<Loaded>(messagesKey('c'))!.messages[0]!
  return { page, stored, sent: () => requests.filter((request) => request.path === path).map(({ body }) => body) }
}

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test.each(['light', 'dark'] as const)(
  'a card says what, why, with which arguments, what leaves and until when; nothing hides; axe finds nothing, %s',
  async (theme) => {
    const { page } = await show([interrupt('i')], {}, false, theme)
    await expect.element(page.getByText('Send an email')).toBeVisible()
    await expect.element(page.getByText('This tool acts outside Jarvis.')).toBeVisible()
    await expect.element(page.getByText('The run read https://evil.example/page.')).toBeVisible()
    await expect.element(page.getByRole('group', { name: 'Arguments' })).toMatchTextContent(/"text": "Hi ⟨U\+202E⟩ecila"/)
    await expect.element(page.getByText('mail.example.org')).toBeVisible()
    await expect.element(page.getByRole('group', { name: 'What goes out' })).toMatchTextContent(/^Hi$/)
    await expect.element(page.getByText('expires in 10 min')).toBeVisible()
    expect(await accessibilityFaults()).toEqual([])
  },
)

test('approving sends exactly what was shown, by its hash, and the message goes on as the new run', async () => {
  const { page, sent, stored } = await show([interrupt('i')])
  await page.getByLabelText('Do not ask again').click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect
    .poll(sent)
    .toEqual([{ resume: [{ interruptId: 'i', status: 'resolved', payload: { approved: true, argsHash: 'hash-i', remember: true } }] }])
  await expect.poll(stored).toMatchObject({ runId: 'r2', status: 'streaming', interrupts: [], toolCalls: [{ status: 'running' }] })
})

test('of several calls that expired each tells that it was let go, and then the answer goes on without them', async () => {
  const late = { expiresAt: new Date(Date.now() - 1000).toISOString() }
  const { page, sent } = await show([interrupt('i', { ...late, risk: 'read' }), interrupt('j', late)])
  await page.getByRole('button', { name: 'Go on without it' }).first().click()
  await expect.element(page.getByText('Goes on without it')).toBeVisible()
  expect(page.getByText('Reads').elements()).toEqual([])
  await page.getByRole('button', { name: 'Go on without it' }).click()
  await expect.poll(sent).toMatchObject([{ resume: [{ status: 'cancelled' }, { status: 'cancelled' }] }])
})

test('a person who chose to be asked once per conversation finds that ticked, and may still change it', async () => {
  const tools = { body: { items: [{ name: 'send_mail', title: 'Send an email', policy: 'conversation' }], nextCursor: null } }
  const { page, sent } = await show([interrupt('i')], { '/api/v1/tools': tools })
  await expect.element(page.getByLabelText('Do not ask again')).toBeChecked()
  await page.getByLabelText('Do not ask again').click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(sent).toMatchObject([{ resume: [{ payload: { approved: true, remember: false } }] }])
})

test('several calls are decided one by one and sent together; each can be changed before', async () => {
  const { page, sent, stored } = await show([interrupt('one'), interrupt('two')])
  await page.getByRole('button', { name: 'Approve' }).first().click()
  await expect.element(page.getByText('1 call to decide')).toBeVisible()
  expect(sent()).toEqual([])
  await page.getByRole('button', { name: 'Change' }).click()
  await page.getByRole('button', { name: 'Deny' }).first().click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(sent).toMatchObject([
    {
      resume: [
        { interruptId: 'one', payload: { approved: false } },
        { interruptId: 'two', payload: { approved: true } },
      ],
    },
  ])
  await expect.poll(() => stored().toolCalls.map(({ status }) => status)).toEqual(['denied', 'running'])
})

test('edited arguments must be a JSON object, and are sent as written', async () => {
  const { page, sent } = await show([interrupt('i')])
  await page.getByRole('button', { name: 'Edit' }).click()
  const box = page.getByLabelText('Arguments, as JSON')
  await expect.element(box).toHaveFocus()
  await box.fill('{"to":')
  await expect.element(page.getByText('This is not valid JSON')).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Approve as edited' })).toBeDisabled()
  await box.fill('{ "to": "bob@example.org" }')
  await page.getByRole('button', { name: 'Approve as edited' }).click()
  await expect.poll(sent).toMatchObject([{ resume: [{ payload: { approved: true, argsHash: 'hash-i', args: '{ "to": "bob@example.org" }' } }] }])
})

test('a request that just came takes the focus, and Enter approves nothing', async () => {
  const first = await show([interrupt('i')], {}, true)
  const region = first.page.getByRole('region', { name: 'Waiting for your approval' })
  await expect.element(region).toHaveFocus()
  await userEvent.keyboard('{Enter}')
  await userEvent.keyboard(' ')
  expect(first.sent()).toEqual([])
  await userEvent.keyboard('{Tab}{Tab}{Tab}{Tab}{Enter}')
  await expect.poll(first.sent).toHaveLength(1)
})

test('a person who is writing keeps the focus', async () => {
  serve({ '/api/v1/tools': { body: { items: [], nextCursor: null } } })
  const typing = document.createElement('textarea')
  document.body.append(typing)
  typing.value = 'Half a sentence'
  typing.focus()
  const page = await renderPage(<Approvals message={waiting([interrupt('i')])} arrived />)
  await expect.element(page.getByRole('button', { name: 'Approve' })).toBeVisible()
  expect(document.activeElement).toBe(typing)
  typing.remove()
})

test('an expired request cannot be approved; the conversation can go on without it', async () => {
  const { page, sent } = await show([interrupt('i', { expiresAt: new Date(Date.now() + 1200).toISOString() })])
  await expect.element(page.getByRole('button', { name: 'Approve' })).toBeVisible()
  await expect.element(page.getByText('Nobody answered in time')).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Approve' })).not.toBeInTheDocument()
  await page.getByRole('button', { name: 'Go on without it' }).click()
  await expect.poll(sent).toEqual([{ resume: [{ interruptId: 'i', status: 'cancelled' }] }])
})

test('an answer given elsewhere first is said, and the conversation read again', async () => {
  const { page } = await show([interrupt('i')], {
    [path]: { status: 409, body: { code: 'conflict', detail: 'Already answered' } },
    '/api/v1/conversations/c/messages': { body: { items: [], nextCursor: null } },
  })
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect.element(page.getByText('This was already answered, here or on another device.')).toBeVisible()
  await expect.poll(() => queryClient.getQueryState(messagesKey('c'))?.isInvalidated).toBe(true)
})

test('offline the choice is kept, and one click sends it later', async () => {
  const { page, sent } = await show([interrupt('i')])
  const { fetch } = window
  window.fetch = (input, init) => ((input as string).endsWith('/resume') ? Promise.reject(new TypeError('offline')) : fetch(input, init))
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.element(page.getByRole('alert')).toMatchTextContent(/You are offline. Your answer is kept/)
  await expect.element(page.getByText('Approved')).toBeVisible()
  window.fetch = fetch
  await page.getByRole('button', { name: 'Send again' }).click()
  await expect.poll(sent).toMatchObject([{ resume: [{ payload: { approved: true } }] }])
})

test('why it asks is said in the language of the page', async () => {
  await chooseLanguage('de')
  try {
    const { page } = await show([
      interrupt('i', {
        reason: 'Calculator asks each time.',
        taint: 'Text from outside is in this conversation since “Web search” was used: it may have led to this.',
        params: {
          reason: { sentence: 'approval.each', tool: 'Calculator' },
          taint: { sentence: 'approval.taint', source: 'Web search' },
        },
      }),
      interrupt('j', { reason: 'Runs on the server.', taint: null }),
    ])
    await expect.element(page.getByText('Rechner: fragt jedes Mal.')).toBeVisible()
    await expect.element(page.getByText('Seit „Websuche“ verwendet wurde')).toBeVisible()
    await expect.element(page.getByText('Läuft auf dem Server.')).toBeVisible()
  } finally {
    await chooseLanguage(null)
  }
})
