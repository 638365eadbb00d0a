import { billOf } from '#lib/money.ts'
import type { ToolContext } from './tool.ts'

/** What a tool learns about a call, for tests that call it by itself. */
export const toolContext: ToolContext = {
  caller: { userId: 'u', role: 'user', plan: 'free' },
  conversationId: 'c',
  taskId: 't',
  toolCallId: '1',
  bill: billOf({ userId: 'u' }),
  signal: new AbortController().signal,
  show: () => undefined,
}
