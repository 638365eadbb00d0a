import { afterEach, expect, onTestFinished, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { EventFrame } from '#lib/chat-socket.ts'
import { answers } from '#features/chat/live/chat.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, atRest, renderPage, serve } from '#lib/test-page.tsx'
import { question, stored, thread } from './test-thread.tsx'
import { Thread } from './thread.tsx'
import { ToolRow } from './tool-row.tsx'
import { useThread } from './use-thread.ts'

afterEach(answers.clear)

test('an answer that streams shows its tool call in its place, and what comes after below it', async () => {
  const page = await thread([question, stored('a', 'q', { role: 'assistant', runId: 'r', status: 'streaming' })])
  const events: EventFrame['event'][] = [
    { type: 'CUSTOM', name: 'memory', value: { memories: [{ id: 'm', text: 'You like short answers.', score: 0.9 }] } },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'Let me see.\n\n' },
    { type: 'TOOL_CALL_START', toolCallId: 't', toolCallName: 'calculator', parentMessageId: 'a' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 't', delta: '{"expression":"12 * 7"}' },
  ]
  let seq = 0
  const receive = (event: EventFrame['event']) => answers.receive({ type: 'event', conversationId: 'c', runId: 'r', seq: ++seq, event })
  for (const event of events) receive(event)
  await expect.element(page.getByText('Calculating 12 × 7')).toBeVisible()
  await expect.element(page.getByText('Remembered 1 thing')).toBeVisible()
  await expect.element(page.getByText(', running')).toBeInTheDocument()

  receive({ type: 'TOOL_CALL_RESULT', messageId: 'x', toolCallId: 't', content: '84', role: 'tool' })
  receive({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'It is **84**.' })
  await expect.element(page.getByText(', done')).toBeInTheDocument()
  await expect.element(page.getByText('84', { exact: true }).last()).toBeVisible()
  const text = page.getByRole('article', { name: 'Jarvis' }).element().textContent
  expect(text.indexOf('Let me see')).toBeLessThan(text.indexOf('Calculating'))
  expect(text.indexOf('Calculating')).toBeLessThan(text.indexOf('It is'))
})

test('a failed answer says why and keeps its text; trying again is one click', async () => {
  const error = { code: 'upstream_timeout', detail: 'The model did not answer in time.' } as const
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: 'It is', status: 'failed', error })])
  await expect.element(page.getByRole('alert')).toMatchTextContent(/did not answer in time/)
  await expect.element(page.getByText('It is')).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Try again' })).toBeVisible()
})

test.each([
  ['admin', ['default · gpt-4o · status 401: {"error":"bad [key]"}']],
  ['user', []],
] as const)('of a failed answer, the role %s sees what the provider said: %j', async (role, words) => {
  const error = { code: 'upstream_rejected', detail: 'The model provider refused the request (401).' } as const
  session.set({ status: 'signed-in', user: { role } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  onTestFinished(() => session.set({ status: 'signed-out' }))
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: '', status: 'failed', error })], 'light', {
    '/api/v1/admin/models/failures?messageId=a': {
      body: {
        items: [
          { failedAt: '2026-01-01T00:00:00Z', provider: 'default', model: 'gpt-4o', attempt: 1, status: 401, said: '401: {"error":"bad [key]"}' },
        ],
        nextCursor: null,
      },
    },
  })
  await expect.element(page.getByRole('alert')).toMatchTextContent(/refused the request/)
  await expect
    .poll(() =>
      page
        .getByRole('listitem')
        .elements()
        .map(({ textContent }) => textContent),
    )
    .toEqual(words)
  expect(await accessibilityFaults()).toEqual([])
})

test('versions of a question can be switched', async () => {
  const page = await thread([question, stored('q2', null, { content: 'And 12 × 8?' })])
  await expect.element(page.getByText('2/2')).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Next version' })).toBeDisabled()
  await expect.element(page.getByRole('button', { name: 'Previous version' })).toBeEnabled()
})

const rich = [
  'See [the page](https://example.org/a), https://www.example.net/b, [notevil.example](https://evil.example) and ![a map](https://tracker.example/pixel.png?q=secret).',
  '```ts\nconst answer: number = 42\n```',
  '| a | b |\n| - | - |\n| 1 | 2 |',
  '<script>window.hacked = true</script>',
].join('\n\n')

test('links show their host and open apart; images of others are never fetched; html stays text', async () => {
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: rich })])
  const link = page.getByRole('link', { name: 'the page' })
  await expect.element(link).toHaveAttribute('rel', 'noopener noreferrer')
  await expect.element(link).toHaveAttribute('target', '_blank')
  await expect.element(link).toMatchTextContent(/example\.org/)
  // A link that is its own address needs no more; a text that only looks like an address does.
  await expect.element(page.getByRole('link', { name: 'example.net' })).toMatchTextContent(/^https:\/\/www\.example\.net\/b$/)
  await expect.element(page.getByRole('link', { name: 'notevil' })).toMatchTextContent('(evil.example)')
  await expect.element(page.getByRole('link', { name: 'Image: a map' })).toMatchTextContent(/tracker\.example/)
  expect(document.querySelector('img')).toBeNull()
  expect(performance.getEntriesByType('resource').filter(({ name }) => name.includes('tracker.example'))).toEqual([])
  expect('hacked' in window).toBe(false)
  await expect.element(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
  // Coloured once the highlighter has loaded.
  await expect.poll(() => document.querySelectorAll('pre span[style*="color"]').length).toBeGreaterThan(2)
})

test('a number in brackets leads to its source, which is listed with its host; one that has no source stays text', async () => {
  const sources = [
    { title: 'Tides', url: 'https://www.example.org/tides' },
    { title: 'Script', url: 'javascript:alert(1)' },
  ]
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: 'High at noon [1], they say [2]. `a[1]`', sources })])
  const cited = page.getByRole('link', { name: 'Source [1]' })
  await expect.element(cited).toHaveAttribute('href', 'https://www.example.org/tides')
  await expect.element(cited).toHaveAttribute('rel', 'noopener noreferrer')
  const list = page.getByRole('list', { name: 'Sources' })
  await expect
    .poll(() =>
      list
        .getByRole('link')
        .elements()
        .map(({ textContent }) => textContent),
    )
    .toEqual(['1example.org'])
  expect(page.getByRole('link', { name: /Source/ }).elements()).toHaveLength(1)
})

const pixel = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), (byte) =>
  byte.charCodeAt(0),
)

test('a picture of what a tool saw is fetched with the token, from this server alone, and opens large', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const call = {
    id: 't',
    name: 'browser_open',
    args: '{"url":"https://example.org"}',
    result: '',
    status: 'done' as const,
    offset: 0,
    durationMs: 1240,
  }
  const toolCalls = [
    { ...call, screenshot: '/api/v1/screenshots/s' },
    { ...call, id: 'u', screenshot: 'https://evil.example/s' },
  ]
  const fetched: [string, string | null][] = []
  serve({})
  window.fetch = async (input, init) => {
    fetched.push([input as string, new Headers(init?.headers).get('authorization')])
    return new Response(pixel, { headers: { 'content-type': 'image/png' } })
  }
  const page = await renderPage(
    <main>
      {toolCalls.map((toolCall) => (
        <ToolRow key={toolCall.id} call={toolCall} />
      ))}
    </main>,
  )
  await expect.element(page.getByText('1.2 s').first()).toBeVisible()
  await page.getByRole('button', { name: 'Screenshot, Opening example.org: show large' }).click()
  await expect.element(page.getByRole('dialog').getByAltText('Screenshot, Opening example.org')).toBeVisible()
  expect(document.querySelector<HTMLImageElement>('dialog img')!.src).toMatch(/^blob:/)
  expect(await accessibilityFaults()).toEqual([])
  expect(fetched.filter(([path]) => path !== '/api/v1/tools')).toEqual([['/api/v1/screenshots/s', 'Bearer token']])
})

function Conversation() {
  const { steps, entryOf, older, seenId } = useThread('c')
  return (
    <main style={{ display: 'flex', height: '100vh' }}>
      <Thread conversationId="c" steps={steps} entryOf={entryOf} older={older} seenId={seenId} model="auto" streaming={false} />
    </main>
  )
}

test('a run that pauses shows what it waits for; approved, the same answer is told on by the run that follows it', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const requests = serve({
    '/api/v1/conversations/c/messages': {
      body: { items: [question, stored('a', 'q', { role: 'assistant', runId: 'r', status: 'streaming' })], nextCursor: null },
    },
    '/api/v1/runs/r/resume': { status: 202, body: { runId: 'r2' } },
  })
  const page = await renderPage(<Conversation />)
  await expect.element(page.getByText('Thinking…')).toBeVisible()
  const tell = (runId: string, events: EventFrame['event'][]) =>
    events.forEach((event, index) => answers.receive({ type: 'event', conversationId: 'c', runId, seq: index + 1, event }))
  const metadata = {
    tool: 'send_mail',
    args: '{"to":"x"}',
    argsHash: 'h',
    risk: 'act',
    reason: 'It acts.',
    leaves: null,
    taint: null,
    mayRemember: false,
  }
  const told: EventFrame['event'][] = [
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'I will write. ' },
    { type: 'TOOL_CALL_START', toolCallId: 't', toolCallName: 'send_mail', parentMessageId: 'a' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 't', delta: '{"to":"x"}' },
  ]
  const expiresAt = new Date(Date.now() + 60_000).toISOString()
  const interrupts = [{ id: 'i', reason: 'tool_call', message: 'It acts.', toolCallId: 't', expiresAt, metadata }]
  tell('r', [...told, { type: 'RUN_FINISHED', threadId: 'c', runId: 'r', outcome: { type: 'interrupt', interrupts } }])
  await expect.element(page.getByText(', waits for you')).toBeInTheDocument()
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.element(page.getByRole('button', { name: 'Approve' })).not.toBeInTheDocument()
  expect(requests.at(-1)).toMatchObject({ path: '/api/v1/runs/r/resume', body: { resume: [{ payload: { approved: true, argsHash: 'h' } }] } })
  // Until the new run speaks, what was there stays.
  await expect.element(page.getByText('I will write.')).toBeVisible()

  tell('r2', [
    { type: 'RUN_STARTED', threadId: 'c', runId: 'r2' },
    { type: 'CUSTOM', name: 'rewind', value: { messageId: 'a', length: 0 } },
    ...told,
    { type: 'TOOL_CALL_RESULT', messageId: 'x', toolCallId: 't', content: 'sent', role: 'tool' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'It is sent.' },
    { type: 'RUN_FINISHED', threadId: 'c', runId: 'r2' },
  ])
  await expect.element(page.getByText('It is sent.')).toBeVisible()
  await expect.element(page.getByText(', done')).toBeInTheDocument()
  expect(page.getByText('I will write.').elements()).toHaveLength(1)
})

const long = Array.from({ length: 14 }, (_, index) =>
  stored(`m${index}`, index ? `m${index - 1}` : null, {
    role: index % 2 ? 'assistant' : 'user',
    content: `Paragraph one.\n\n${'A sentence that goes on. '.repeat(20)}`,
  }),
)

test('at the end it stays at the end whatever the layout does, above or below; a reader who went up stays there', async () => {
  const page = await thread(long)
  const log = page.getByRole('log').element()
  const distance = () => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)
  await expect.poll(distance).toBe(0)
  const [above, below] = [log.querySelectorAll('article')[2]!, log.querySelectorAll('article')[13]!]
  const frames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  for (const article of [above, below])
    for (const height of ['900px', '30px', '400px']) {
      article.style.height = height
      // Read at once, as highlighting and measuring do: the layout happens between two frames.
      expect(log.scrollHeight).toBeGreaterThan(0)
      await frames()
      await expect.poll(distance, { message: `${article.ariaLabel} ${height}` }).toBe(0)
    }
  await expect.element(page.getByText('Jump to latest')).not.toBeInTheDocument()

  log.scrollTop -= 500
  await expect.element(page.getByText('Jump to latest')).toBeVisible()
  below.style.height = '1200px'
  await frames()
  expect(distance()).toBeGreaterThan(400)
  await page.getByText('Jump to latest').click()
  await expect.poll(distance).toBe(0)
})

const tenThousand = Array.from({ length: 10_000 }, (_, index) =>
  stored(`n${index}`, index ? `n${index - 1}` : null, {
    role: index % 2 ? 'assistant' : 'user',
    content: `Message ${index}.\n\n${'A sentence that goes on. '.repeat(index % 9)}`,
  }),
)

/** The newest of the ten thousand, and the others by pages of a hundred. */
const pages = Object.fromEntries(
  Array.from({ length: 100 }, (_, page) => {
    const to = 10_000 - 50 - page * 100
    const from = Math.max(0, to - 100)
    const body = { items: tenThousand.slice(from, to), nextCursor: from > 0 ? `before_${from}` : null }
    return [`/api/v1/conversations/c/messages?cursor=before_${to}&limit=100`, { body }]
  }),
)
const newestPage = { '/api/v1/conversations/c/messages': { body: { items: tenThousand.slice(-50), nextCursor: 'before_9950' } } }

test('of ten thousand messages the newest are there at once, older ones come above without moving what is read, and few are in the page', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const requests = serve({ ...newestPage, ...pages })
  // Older pages come when the test says so.
  const { fetch } = window
  let letCome = () => {}
  const mayCome = new Promise<void>((resolve) => (letCome = resolve))
  window.fetch = async (input, init) => {
    if (typeof input === 'string' && input.includes('cursor=')) await mayCome
    return fetch(input, init)
  }
  const page = await renderPage(<Conversation />)
  await expect.element(page.getByText('Message 9999.')).toBeVisible()
  const log = page.getByRole('log').element()
  const distance = () => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)
  await expect.poll(distance).toBe(0)
  expect(requests.filter(({ path }) => path.includes('/messages'))).toHaveLength(1)

  // What is read stays where it is while pages come above it.
  log.dispatchEvent(new WheelEvent('wheel', { deltaY: -100 }))
  const shown = () => [...log.querySelectorAll('article')].find((article) => article.getBoundingClientRect().bottom > 100)!
  log.scrollTop = 700
  await expect.poll(() => shown().getBoundingClientRect().top).toBeLessThan(100)
  await atRest(() => `${log.scrollHeight} ${shown().id} ${shown().getBoundingClientRect().top}`)
  const heights = log.scrollHeight
  const [read, top] = [shown().id, shown().getBoundingClientRect().top]
  letCome()
  await expect.poll(() => log.scrollHeight).toBeGreaterThan(heights + 1000)
  await expect.poll(() => Math.abs(document.getElementById(read)!.getBoundingClientRect().top - top)).toBeLessThan(8)

  // Find goes through all of it, also what is not in the page.
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', ctrlKey: true, bubbles: true, cancelable: true }))
  const field = page.getByLabelText('Find in this conversation')
  await field.fill('message 123.')
  await expect.element(page.getByText('1', { exact: true })).toBeVisible()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByText('Message 123.')).toBeVisible()
  expect(document.querySelectorAll('*').length).toBeLessThan(2000)
  await userEvent.keyboard('{Escape}')
  await expect.element(field).not.toBeInTheDocument()

  // A selection stays whole while its ends leave the window.
  const article = document.getElementById('m-n123')!
  getSelection()!.selectAllChildren(article)
  await page.getByText('Jump to latest').click()
  await expect.element(page.getByText('Message 9999.')).toBeVisible()
  expect(getSelection()!.toString()).toContain('Message 123.')
  getSelection()!.removeAllRanges()

  // Whatever is measured anew above and below in one frame, the end stays the end.
  for (let round = 0; round < 12; round++) {
    const shown = [...log.querySelectorAll('article')]
    for (const [index, shownArticle] of shown.entries()) shownArticle.style.height = `${((round * 7 + index * 5) % 11) * 90 + 20}px`
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    await expect.poll(distance, { message: `round ${round}` }).toBe(0)
    expect(page.getByText('Jump to latest').query()).toBeNull()
  }
})

const waitingAnswer = stored('a', 'q', { role: 'assistant', runId: 'r', status: 'streaming' })

test('an answer that does not begin tells its place in line, until the first event', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const page = await thread([question, waitingAnswer])
  let ahead = 2
  const requests = serve({
    get '/api/v1/runs/r'() {
      return { body: { status: 'queued', queuePosition: ++ahead - 1 } }
    },
  })
  await expect.element(page.getByText('Thinking…')).toBeVisible()
  expect(requests).toEqual([])
  await expect.element(page.getByText('Waiting in line: 1 ahead of you')).toBeVisible()
  await expect.element(page.getByText('Waiting in line: 2 ahead of you')).toBeVisible()
  answers.receive({ type: 'event', conversationId: 'c', runId: 'r', seq: 1, event: { type: 'RUN_STARTED', threadId: 'c', runId: 'r' } })
  await expect.element(page.getByText('Thinking…')).toBeVisible()
  const asked = requests.length
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(requests).toHaveLength(asked)
})

test('what was remembered, why this model answered and what others would have cost come with the stored message', async () => {
  const turn = { conversationId: 'other', messageId: 'kettle', speaker: 'assistant' as const }
  const said = { id: 'y', text: 'The kettle is behind the door.', score: 0.7, createdAt: '2026-11-01T12:00:00Z', turn }
  const alternatives = [{ model: 'large', reason: 'It costs more', estimatedCostMicroUsd: 6000, costMicroUsd: 7120 }]
  const more = {
    model: 'm',
    usage: { inputTokens: 10, outputTokens: 20, costMicroUsd: 430 },
    route: { model: 'm', reason: 'You chose this model', estimatedCostMicroUsd: 510, alternatives },
    memories: [{ id: 'x', text: 'You like tea.', score: 0.8 }, said],
  }
  const page = await thread([question, stored('a', 'q', { role: 'assistant', runId: 'r', content: 'It is 84.', ...more })])
  await page.getByText('Remembered 2 things').click()
  await expect.element(page.getByText('You like tea.')).toBeVisible()
  await expect.element(page.getByRole('link', { name: 'Jarvis said, Nov 1, 2026' })).toHaveAttribute('href', '/c/other?message=kettle')
  await page.getByRole('button', { name: 'About this answer' }).click()
  await expect.element(page.getByText('You chose this model. It read 10 tokens and wrote 20, for $0.0004. 2 memories went into it.')).toBeVisible()
  await expect.element(page.getByText('The turn was expected to cost $0.0005; it cost $0.0004.')).toBeVisible()
  const others = page.getByRole('list', { name: 'Other models that were considered' })
  await expect.element(others).toHaveTextContent('large: would have cost $0.0071. It costs more.')
})

test('a wide table scrolls by itself; the page does not', async () => {
  const row = `|${' a rather long cell |'.repeat(30)}`
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: `${row}\n|${' - |'.repeat(30)}\n${row}` })])
  const table = page.getByRole('group', { name: 'Table' })
  await expect.element(table).toBeVisible()
  expect(table.element().scrollWidth).toBeGreaterThan(table.element().clientWidth)
  const log = page.getByRole('log').element()
  expect(log.scrollWidth).toBe(log.clientWidth)
})

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  const usage = { inputTokens: 10, outputTokens: 20, costMicroUsd: 120 }
  const sources = [{ title: 'Tides', url: 'https://example.org/tides' }]
  const toolCalls = [
    { id: 't', name: 'web_search', args: '{"query":"tides"}', result: '[]', status: 'done' as const, offset: 0, durationMs: 1240, screenshot: null },
  ]
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: rich, model: 'm', usage, sources, toolCalls })], theme)
  await expect.element(page.getByRole('group', { name: 'Table' })).toBeVisible()
  await page.getByText('Searching the web').click()
  expect(await accessibilityFaults()).toEqual([])
})
