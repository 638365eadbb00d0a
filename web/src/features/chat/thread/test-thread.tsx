import type { Message } from '@jarvis/contracts/chat.ts'
import { blank } from '#features/chat/live/outbox.ts'
import { renderPage, serve } from '#lib/test-page.tsx'
import { Thread } from './thread.tsx'
import { branch } from './tree.ts'

export const stored = (id: string, parentId: string | null, more: Partial<Message>): Message => ({
  id,
  parentId,
  conversationId: 'c',
  runId: null,
  role: 'user',
  content: '',
  parts: [],
  status: 'complete',
  ...blank,
  createdAt: '2026-01-01T00:00:00Z',
  ...more,
})

export const question = stored('q', null, { content: 'How much is 12 × 7?' })

export function thread(messages: Message[], theme?: 'light' | 'dark', replies: Parameters<typeof serve>[0] = {}) {
  serve(replies)
  return renderPage(
    <main style={{ display: 'flex', height: '100vh' }}>
      <Thread conversationId="c" steps={branch(messages, null)} entryOf={new Map()} older={null} seenId={null} model="auto" streaming={false} />
    </main>,
    theme,
  )
}
