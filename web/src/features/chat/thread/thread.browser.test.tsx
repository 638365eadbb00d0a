import type { Message } from '@jarvis/contracts/chat.ts'
import { afterEach, expect, test } from 'vitest'
import type { EventFrame } from '#lib/chat-socket.ts'
import { answers } from '#features/chat/live/chat.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Thread } from './thread.tsx'
import { branch } from './tree.ts'

afterEach(answers.clear)

const stored = (id: string, parentId: string | null, more: Partial<Message>): Message => ({
  id,
  parentId,
  conversationId: 'c',
  runId: null,
  role: 'user',
  content: '',
  status: 'complete',
  model: null,
  usage: null,
  toolCalls: [],
  sources: [],
  route: null,
  memories: [],
  error: null,
  createdAt: '2026-01-01T00:00:00Z',
  ...more,
})

const question = stored('q', null, { content: 'How much is 12 × 7?' })

function thread(messages: Message[], theme?: 'light' | 'dark') {
  serve({})
  return renderPage(
    <main style={{ display: 'flex', height: '100vh' }}>
      <Thread conversationId="c" steps={branch(messages, {})} entryOf={new Map()} model="auto" streaming={false} />
    </main>,
    theme,
  )
}

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

test('versions of a question can be switched', async () => {
  const page = await thread([question, stored('q2', null, { content: 'And 12 × 8?' })])
  await expect.element(page.getByText('2/2')).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Next version' })).toBeDisabled()
  await expect.element(page.getByRole('button', { name: 'Previous version' })).toBeEnabled()
})

const rich = [
  'See [the page](https://example.org/a) and ![a map](https://tracker.example/pixel.png?q=secret).',
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
  await expect.element(page.getByRole('link', { name: 'Image: a map' })).toMatchTextContent(/tracker\.example/)
  expect(document.querySelector('img')).toBeNull()
  expect(performance.getEntriesByType('resource').filter(({ name }) => name.includes('tracker.example'))).toEqual([])
  expect('hacked' in window).toBe(false)
  await expect.element(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
  // Coloured once the highlighter has loaded.
  await expect.poll(() => document.querySelectorAll('pre span[style*="color"]').length, { timeout: 10_000 }).toBeGreaterThan(2)
})

const long = Array.from({ length: 14 }, (_, index) =>
  stored(`m${index}`, index ? `m${index - 1}` : null, {
    role: index % 2 ? 'assistant' : 'user',
    content: `Paragraph one.\n\n${'A sentence that goes on. '.repeat(20)}`,
  }),
)

test('at the end it stays at the end whatever the layout does, above or below; whoever went up stays there', async () => {
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
  await expect.element(page.getByText('Waiting in line: 1 ahead of you'), { timeout: 4000 }).toBeVisible()
  await expect.element(page.getByText('Waiting in line: 2 ahead of you'), { timeout: 4000 }).toBeVisible()
  answers.receive({ type: 'event', conversationId: 'c', runId: 'r', seq: 1, event: { type: 'RUN_STARTED', threadId: 'c', runId: 'r' } })
  await expect.element(page.getByText('Thinking…')).toBeVisible()
  const asked = requests.length
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(requests).toHaveLength(asked)
})

test('what was remembered and why this model answered come with the stored message', async () => {
  const more = {
    model: 'm',
    usage: { inputTokens: 10, outputTokens: 20, costMicroUsd: 0 },
    route: { model: 'm', reason: 'You chose this model', estimatedCostMicroUsd: 0 },
    memories: [{ id: 'x', text: 'You like tea.', score: 0.8 }],
  }
  const page = await thread([question, stored('a', 'q', { role: 'assistant', runId: 'r', content: 'It is 84.', ...more })])
  await page.getByText('Remembered 1 thing').click()
  await expect.element(page.getByText('You like tea.')).toBeVisible()
  await page.getByTitle('Why this model').click()
  await expect.element(page.getByText('You chose this model. It read 10 tokens and wrote 20.')).toBeVisible()
})

test('a wide table scrolls by itself; the page does not', async () => {
  const row = `|${' a rather long cell |'.repeat(30)}`
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: `${row}\n|${' - |'.repeat(30)}\n${row}` })])
  const table = page.getByRole('region', { name: 'Table' })
  await expect.element(table).toBeVisible()
  expect(table.element().scrollWidth).toBeGreaterThan(table.element().clientWidth)
  const log = page.getByRole('log').element()
  expect(log.scrollWidth).toBe(log.clientWidth)
})

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  const usage = { inputTokens: 10, outputTokens: 20, costMicroUsd: 120 }
  const sources = [{ title: 'Tides', url: 'https://example.org/tides' }]
  const toolCalls = [{ id: 't', name: 'web_search', args: '{"query":"tides"}', result: '[]', status: 'done' as const, offset: 0 }]
  const page = await thread([question, stored('a', 'q', { role: 'assistant', content: rich, model: 'm', usage, sources, toolCalls })], theme)
  await expect.element(page.getByRole('region', { name: 'Table' })).toBeVisible()
  await page.getByText('Searching the web').click()
  expect(await accessibilityFaults()).toEqual([])
})
