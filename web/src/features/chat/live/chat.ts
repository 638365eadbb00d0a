import type { Message } from '@jarvis/contracts/chat.ts'
import { messageParts } from '@jarvis/contracts/parts.ts'
import type { Answer } from '@jarvis/contracts/run.ts'
import { useSyncExternalStore } from 'react'
import type { EventFrame } from '#lib/chat-socket.ts'
import { connection } from '#lib/connection.ts'
import { memoryIsFull } from '#lib/memory-is-full.ts'
import { queryClient } from '#lib/query.ts'
import { createStore } from '#lib/store.ts'
import { type Loaded, changeMessages, messagesKey, refreshConversations } from '#features/chat/queries.ts'
import { attachments } from '#features/chat/attach/attachments.ts'
import { shownList } from '#features/chat/conversations/folder-queries.ts'
import { createAnswers } from './answers.ts'
import { catchUp, told } from './told.ts'
import { messagesOf, outbox, post, removeEntry, restoreOutbox } from './outbox.ts'
import { restoreQueue, takeQueued } from './queue.ts'
import { nextIsTemporary } from './temporary.ts'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

export type Ended = { conversationId: string; answer: Answer }

/** The last answer that ended, for the announcer. */
export const lastEnded = createStore<Ended | null>(null)

/** The conversation whose notification was clicked. */
export const openedFromNotice = createStore<string | null>(null)

export const answers = createAnswers((frame, answer) => void settle(frame, answer))

let isFullTold = false
connection.onEvent((frame) => {
  answers.receive(frame)
  const { event } = frame
  if (isFullTold || event.type !== 'CUSTOM' || event.name !== 'memory' || !event.value.full) return
  isFullTold = true
  toast(memoryIsFull())
})
connection.onTold(told)
connection.onReturn(catchUp)
connection.onLost(() => void queryClient.invalidateQueries({ queryKey: ['messages'] }))

let openedFor: string | null = null

/** For a person who has just signed in, or come back after a reload. Another one before them left nothing. */
export function openChat(userId: string) {
  if (openedFor !== null && openedFor !== userId) {
    attachments.set([])
    shownList.set({ kind: 'all' })
    nextIsTemporary.set(false)
  }
  openedFor = userId
  answers.clear()
  lastEnded.set(null)
  restoreOutbox()
  restoreQueue()
}

type Place = Pick<EventFrame, 'conversationId' | 'runId'>

/** Follows the run of an answer that is still to come. Where its end was told already, what brought the message was read before: it ends now. */
export function follow({ conversationId, runId }: Place) {
  const answer = answers.get(runId)
  if (!answer || answer.status === 'streaming') return connection.follow(runId)
  finish({ conversationId, runId }, answer, [])
  if (answer.status === 'complete') sendQueued(conversationId, runId)
}

/** Writes a finished answer where stored messages are kept, so that nothing needs to be fetched again. */
async function settle({ conversationId, runId }: Place, answer: Answer) {
  const entry = outbox.get().find(({ accepted }) => accepted?.runId === runId)
  if (queryClient.getQueryData(messagesKey(conversationId))) finish({ conversationId, runId }, answer, entry ? messagesOf(entry) : [])
  else await queryClient.invalidateQueries({ queryKey: messagesKey(conversationId) })
  if (entry) removeEntry(entry.messageId)
  lastEnded.set({ conversationId, answer })
  if (document.hidden) void tellElsewhere(conversationId, answer)
  if (answer.status === 'complete') sendQueued(conversationId, runId)
  void refreshConversations()
  void queryClient.invalidateQueries({ queryKey: ['usage'] })
}

async function tellElsewhere(conversationId: string, { status }: Answer) {
  const { tellAway } = await import('#lib/away.ts')
  const said = status === 'waiting' ? say('Jarvis waits for your approval.') : say('Jarvis has answered.')
  tellAway(said, { tag: conversationId, open: () => openedFromNotice.set(conversationId) })
}

function finish({ conversationId, runId }: Place, { guard: _, parts, ...rest }: Answer, missing: readonly Message[]) {
  const ended = { ...rest, parts: messageParts(parts) }
  // A question names the run that answers it too.
  const isIt = (message: Message) => message.role === 'assistant' && message.runId === runId
  changeMessages(conversationId, (had) => withMessages(had, missing).map((message) => (isIt(message) ? { ...message, ...ended } : message)))
}

/** What was written while the answer came follows it. After a stop or a failure it waits for the person's word. */
function sendQueued(conversationId: string, runId: string) {
  const messages = queryClient.getQueryData<Loaded>(messagesKey(conversationId))?.messages ?? []
  const answer = messages.find((message) => message.role === 'assistant' && message.runId === runId)
  // Something follows it already: a read that was older than its end has brought it once more.
  const isOnItsWay = outbox.get().some((entry) => entry.conversationId === conversationId && !entry.error)
  if (isOnItsWay || messages.some(({ parentId }) => answer && parentId === answer.id)) return
  const next = answer && takeQueued(conversationId)
  if (next)
    post({
      conversationId,
      parentId: answer.id,
      seenId: messages.at(-1)!.id,
      content: next.content,
      attached: next.attached ?? [],
      model: next.model,
    })
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
