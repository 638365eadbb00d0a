import type { Message } from '@jarvis/contracts/chat.ts'
import { messageParts } from '@jarvis/contracts/parts.ts'
import type { Answer } from '@jarvis/contracts/run.ts'
import { useSyncExternalStore } from 'react'
import type { EventFrame } from '#lib/chat-socket.ts'
import { connection } from '#lib/connection.ts'
import { queryClient } from '#lib/query.ts'
import { createStore } from '#lib/store.ts'
import { messagesKey, refreshConversations } from '#features/chat/queries.ts'
import { createAnswers } from './answers.ts'
import { messagesOf, outbox, removeEntry, restoreOutbox } from './outbox.ts'

export type Ended = { conversationId: string; answer: Answer }

/** The last answer that ended, for the announcer. */
export const lastEnded = createStore<Ended | null>(null)

export const answers = createAnswers((frame, answer) => void settle(frame, answer))

connection.onEvent(answers.receive)
connection.onLost(() => void queryClient.invalidateQueries({ queryKey: ['messages'] }))

/** For a person who has just signed in, or come back after a reload. */
export function openChat() {
  answers.clear()
  lastEnded.set(null)
  restoreOutbox()
}

/** Writes a finished answer where stored messages are kept, so that nothing needs to be fetched again. */
async function settle({ conversationId, runId }: EventFrame, answer: Answer) {
  const key = messagesKey(conversationId)
  const entry = outbox.get().find(({ accepted }) => accepted?.runId === runId)
  const { guard: _, parts, ...rest } = answer
  const ended = { ...rest, parts: messageParts(parts) }
  // A question names the run that answers it too.
  const finish = (message: Message) => (message.role === 'assistant' && message.runId === runId ? { ...message, ...ended } : message)
  const had = queryClient.getQueryData<Message[]>(key)
  if (had) queryClient.setQueryData<Message[]>(key, withMessages(had, entry ? messagesOf(entry) : []).map(finish))
  else await queryClient.invalidateQueries({ queryKey: key })
  if (entry) removeEntry(entry.messageId)
  lastEnded.set({ conversationId, answer })
  void refreshConversations()
  void queryClient.invalidateQueries({ queryKey: ['usage'] })
}

export function withMessages(stored: readonly Message[], more: readonly Message[]): Message[] {
  const known = new Set(stored.map(({ id }) => id))
  return [...stored, ...more.filter(({ id }) => !known.has(id))]
}

/** The answer that a run's events have told since the page opened; undefined until the first. */
export function useLiveAnswer(runId: string): Answer | undefined {
  return useSyncExternalStore(
    (listener) => answers.subscribe(runId, listener),
    () => answers.get(runId),
  )
}
