import { afterEach, expect, test } from 'vitest'
import { answers } from '#features/chat/live/chat.ts'
import type { EventFrame } from '#lib/chat-socket.ts'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { renderPage, serve } from '#lib/test-page.tsx'
import { question, stored } from './test-thread.tsx'
import { useThread } from './use-thread.ts'

afterEach(answers.clear)

function Streaming() {
  const { streaming, waiting } = useThread('c')
  return <p>{`streaming: ${streaming}, waiting: ${waiting}`}</p>
}

const mark = { id: 'i', reason: 'tool_call', message: 'It acts.', toolCallId: 't', expiresAt: '2099-01-01T00:00:00Z', metadata: {} }

test.each([
  ['ended', {}, 'streaming: null, waiting: false'],
  ['began to wait', { outcome: { type: 'interrupt', interrupts: [mark] } }, 'streaming: null, waiting: true'],
] as const)('of an answer that %s while its messages were read, the page does not wait on', async (_, outcome, shown) => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const items = [question, stored('a', 'q', { role: 'assistant', runId: 'r', status: 'streaming' })]
  const requests = serve({ '/api/v1/conversations/c/messages': { body: { items, nextCursor: null } } })
  const { fetch } = window
  let letCome = () => {}
  const mayCome = new Promise<void>((resolve) => (letCome = resolve))
  window.fetch = async (input, init) => {
    const response = await fetch(input, init)
    await mayCome
    return response
  }
  const page = await renderPage(<Streaming />)
  await expect.poll(() => requests.filter(({ path }) => path.endsWith('/messages')).length).toBe(1)
  const finished = { type: 'RUN_FINISHED', threadId: 'c', runId: 'r', ...outcome } as EventFrame['event']
  answers.receive({ type: 'event', conversationId: 'c', runId: 'r', seq: 1, event: finished })
  letCome()
  await expect.element(page.getByText(shown)).toBeVisible()

  // A later read that is older than the end changes nothing.
  await queryClient.invalidateQueries({ queryKey: ['messages', 'c'] })
  await expect.element(page.getByText(shown)).toBeVisible()
})
