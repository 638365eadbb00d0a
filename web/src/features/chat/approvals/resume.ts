import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Message } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { changeMessages, messagesKey } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { connection } from '#lib/connection.ts'
import { queryClient } from '#lib/query.ts'
import { type Decision, entryOf } from './decision.ts'

export type Decisions = Readonly<Record<string, Decision>>

/**
 * Sends a person's answers; the same message then goes on as the run that came of it.
 * @throws {ProblemError} `conflict` when it was answered elsewhere, `approval_expired`, `network`
 */
export async function resume({ id, conversationId, runId, interrupts }: Message, decisions: Decisions) {
  const entries = interrupts.map((interrupt) => entryOf(interrupt, decisions[interrupt.id]!))
  const paused = runId!
  const next =
    connection.status.get() === 'open'
      ? await connection.resume(paused, entries)
      : (await call(endpoints.resumeRun, { params: { id: paused }, body: { resume: entries } })).runId
  // An answer that is still on its way would bring the waiting message back.
  await queryClient.cancelQueries({ queryKey: messagesKey(conversationId) })
  changeMessages(conversationId, (messages) => messages.map((message) => (message.id === id ? goesOn(message, next, decisions) : message)))
}

function goesOn(message: Message, runId: string, decisions: Decisions): Message {
  const denied = (interrupt: Interrupt) => decisions[interrupt.id]?.kind !== 'approve'
  const refused = new Set(message.interrupts.filter(denied).map(({ toolCallId }) => toolCallId))
  const toolCalls = message.toolCalls.map((call) =>
    call.status === 'waiting' ? { ...call, status: refused.has(call.id) ? ('denied' as const) : ('running' as const) } : call,
  )
  return { ...message, runId, status: 'streaming', interrupts: [], toolCalls }
}

export const refreshMessages = (conversationId: string) => queryClient.invalidateQueries({ queryKey: messagesKey(conversationId) })
