import type { Accepted, Message } from '@jarvis/contracts/chat.ts'
import type { AttachedPart } from '#features/chat/attach/attachments.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { call } from '#lib/call.ts'
import { connection } from '#lib/connection.ts'
import { folderOfNew } from '#features/chat/conversations/folder-queries.ts'
import { newId } from '#lib/new-id.ts'
import { pageStorage } from '#lib/page-storage.ts'
import { ProblemError, messageOf, messageWithoutWait } from '#lib/problem.ts'
import { createStore } from '#lib/store.ts'
import { queryClient } from '#lib/query.ts'
import { messagesKey, refreshConversations, waits } from '#features/chat/queries.ts'
import { moveQueue } from './queue.ts'
import { chosenEffort } from './effort.ts'
import { nextIsTemporary } from './temporary.ts'

/** The conversation a message belongs to before there is one. */
export const newConversation = 'new'

/** A message on its way: shown at once, kept over a reload, sent until the server has it. */
export type Entry = {
  conversationId: string
  messageId: string
  parentId: string | null
  /** The newest message that was on the page when it was sent. */
  seenId: string | null
  content: string
  /** Files that go with it; an entry that was kept by an earlier version has none. */
  attached?: readonly AttachedPart[]
  model: string
  createdAt: string
  error: string | null
  /** When a refusal said to try again, in milliseconds since the epoch. */
  retryAt: number | null
  accepted: Accepted | null
}

const storageName = 'outbox'

export const outbox = createStore<readonly Entry[]>([])

/** The conversation that a message of a new one was last given. */
export const createdConversation = createStore<string | null>(null)

const change = (messageId: string, patch: Partial<Entry>) =>
  outbox.set((entries) => entries.map((entry) => (entry.messageId === messageId ? { ...entry, ...patch } : entry)))

export const removeEntry = (messageId: string) => outbox.set((entries) => entries.filter((entry) => entry.messageId !== messageId))

outbox.subscribe(() => {
  const unsent = outbox.get().filter(({ accepted }) => !accepted)
  pageStorage.set(storageName, unsent.length ? JSON.stringify(unsent) : null)
})

/** After a reload: what had not been accepted goes out again; its id makes that harmless. */
export function restoreOutbox() {
  const kept = JSON.parse(pageStorage.get(storageName) ?? '[]') as Entry[]
  outbox.set(kept)
  for (const entry of kept) if (!entry.error) void deliver(entry.messageId)
}

export type Draft = Pick<Entry, 'conversationId' | 'parentId' | 'seenId' | 'content' | 'attached' | 'model'>

/** Sends a message and returns its id. */
export function post(draft: Draft): string {
  const messageId = newId()
  outbox.set((entries) => [...entries, { ...draft, messageId, createdAt: new Date().toISOString(), error: null, retryAt: null, accepted: null }])
  void deliver(messageId)
  return messageId
}

export function retry(messageId: string) {
  change(messageId, { error: null, retryAt: null })
  void deliver(messageId)
}

async function deliver(id: string) {
  try {
    const conversationId = await ensureConversation(id)
    const entry = outbox.get().find(({ messageId }) => messageId === id)
    if (!entry) return
    const { messageId, parentId, seenId, content, attached = [], model } = entry
    const effort = chosenEffort.get()
    const files = attached.length > 0 && { files: attached.map(({ fileId }) => fileId) }
    const wish = { ...(seenId && { seenId }), ...(model !== 'auto' && { model }), ...(effort && { effort }) }
    const accepted = await connection.send({ conversationId, messageId, parentId, content, ...files, ...wish })
    change(messageId, { accepted, ...(accepted.parentId !== undefined && { parentId: accepted.parentId }) })
    // It follows what this page had not seen.
    if (accepted.parentId !== undefined) void queryClient.invalidateQueries({ queryKey: messagesKey(conversationId) })
    // What still waited for an approval in this conversation no longer does.
    void queryClient.invalidateQueries({ queryKey: messagesKey(conversationId), predicate: waits })
    void refreshConversations()
  } catch (error) {
    const seconds = error instanceof ProblemError ? error.retryAfterSeconds : undefined
    change(id, {
      error: seconds ? messageWithoutWait(error) : messageOf(error),
      retryAt: seconds ? Date.now() + seconds * 1000 : null,
    })
  }
}

async function ensureConversation(messageId: string): Promise<string> {
  const entry = outbox.get().find((candidate) => candidate.messageId === messageId)!
  if (entry.conversationId !== newConversation) return entry.conversationId
  const { id } = await untilReached(() => call(endpoints.createConversation, { body: nextIsTemporary.get() ? { temporary: true } : folderOfNew() }))
  change(messageId, { conversationId: id })
  moveQueue(newConversation, id)
  nextIsTemporary.set(false)
  createdConversation.set(id)
  return id
}

/** Offline is not a failure: it waits for the connection and tries again. */
async function untilReached<T>(job: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await job()
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'network') throw error
      await reconnected()
    }
  }
}

function reconnected(): Promise<void> {
  return new Promise((resolve) => {
    const stop = connection.status.subscribe(() => {
      if (connection.status.get() !== 'open') return
      stop()
      resolve()
    })
  })
}

/** What a message has before anything of it is answered. */
export const blank = {
  model: null,
  usage: null,
  toolCalls: [],
  sources: [],
  route: null,
  memories: [],
  interrupts: [],
  error: null,
  finishReason: null,
} satisfies Partial<Message>

/** The messages an entry stands for until the stored ones are here. */
export function messagesOf({ conversationId, messageId, parentId, content, attached = [], createdAt, accepted }: Entry): Message[] {
  const common: Omit<Message, 'id' | 'parentId' | 'runId' | 'role' | 'content' | 'parts'> = {
    conversationId,
    status: 'complete',
    ...blank,
    createdAt,
  }
  const question: Message = {
    ...common,
    id: messageId,
    parentId,
    runId: null,
    role: 'user',
    content,
    parts: [{ type: 'text', text: content }, ...attached],
  }
  if (!accepted) return [question]
  const { assistantMessageId, runId } = accepted
  return [question, { ...common, id: assistantMessageId, parentId: messageId, runId, role: 'assistant', content: '', parts: [], status: 'streaming' }]
}
