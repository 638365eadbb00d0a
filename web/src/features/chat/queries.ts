import type { Conversation, ListedConversation, Message } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { type InfiniteData, infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'
import { loadLongParts } from './thread/long.ts'

export const conversationsKey = ['conversations'] as const

export type Which = { archived?: boolean | undefined; pinned?: boolean | undefined; folderId?: string | undefined }

export const conversationsQuery = (q: string, { archived = false, pinned, folderId }: Which) =>
  infiniteQueryOptions({
    queryKey: [...conversationsKey, { q, archived, pinned, folderId }],
    queryFn: ({ pageParam, signal }) =>
      call(
        endpoints.conversations,
        {
          query: {
            q: q || undefined,
            archived: archived ? 'true' : 'false',
            pinned: pinned ? 'true' : undefined,
            folderId,
            cursor: pageParam ?? undefined,
          },
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

/** Applies a change to every cached list that holds the conversation; `null` takes it out. */
export function patchConversation(id: string, change: (conversation: Conversation) => Conversation | null) {
  queryClient.setQueriesData<InfiniteData<Page<ListedConversation>>>(
    { queryKey: conversationsKey },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.flatMap((item) => (item.id === id ? withMatches(item, change(item)) : [item])),
        })),
      },
  )
  queryClient.setQueryData<Conversation>(['conversation', id], (item) => (item && change(item)) ?? item)
}

const withMatches = (item: ListedConversation, changed: Conversation | null): ListedConversation[] => (changed ? [{ ...item, ...changed }] : [])

/** Takes a deleted one out of what this browser keeps for when Jarvis cannot be reached. */
export const forgetKept = async (id: string) => (await import('#lib/offline/kept.ts')).forgetConversation(id)

export async function refreshConversations() {
  await Promise.all([conversationsKey, ['conversation']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}

export const messagesKey = (conversationId: string) => ['messages', conversationId] as const

/** The newest part of a conversation's tree that is here; `older` leads to what is before it, null when that is nothing. */
export type Loaded = { messages: Message[]; older: string | null }

export function changeMessages(conversationId: string, change: (messages: Message[]) => Message[]) {
  queryClient.setQueryData<Loaded>(messagesKey(conversationId), (loaded) => loaded && { ...loaded, messages: change(loaded.messages) })
}

/** The server tells when an approval was given elsewhere; this is for a word that was lost. */
const waitingPollMs = 20_000

type Kept = { state: { data?: unknown } }
const messagesIn = ({ state }: Kept) => (state.data as Loaded | undefined)?.messages ?? []

export const waits = (query: Kept) => messagesIn(query).some(({ status }) => status === 'waiting')

export const isOfRun = (runId: string) => (query: Kept) => messagesIn(query).some((message) => message.runId === runId)

/** An expired approval can no longer be given, here or elsewhere. */
const mayBeAnswered = (query: Kept) =>
  messagesIn(query).some(({ status, interrupts }) => status === 'waiting' && interrupts.some(({ expiresAt }) => Date.parse(expiresAt) > Date.now()))

export const messagesQuery = (conversationId: string) =>
  queryOptions({
    queryKey: messagesKey(conversationId),
    queryFn: ({ signal }) => loadNewest(conversationId, signal),
    refetchInterval: (query) => mayBeAnswered(query) && waitingPollMs,
  })

const olderAtOnce = 100
const hasEnded = ({ status }: Message) => status !== 'streaming' && status !== 'waiting'

const readPage = (id: string, cursor: string | null, signal?: AbortSignal): Promise<Page<Message>> =>
  call(endpoints.messages, { params: { id }, query: cursor === null ? {} : { cursor, limit: olderAtOnce } }, signal)

/** The newest page, and before it what is here already, as far as it reaches that and nothing of it can have changed since. */
async function loadNewest(id: string, signal: AbortSignal): Promise<Loaded> {
  const { items, nextCursor } = await readPage(id, null, signal)
  // A list that became a window once it is shown would move what is read.
  if (nextCursor !== null) await loadLongParts()
  let found: Loaded = { messages: settledMeanwhile(id, items), older: nextCursor }
  for (;;) {
    const known = queryClient.getQueryData<Loaded>(messagesKey(id))
    const place = known?.messages.findIndex((message) => message.id === found.messages[0]?.id) ?? -1
    if (!known || place === -1) return found
    const before = known.messages.slice(0, place)
    if (before.every(hasEnded)) return { messages: [...before, ...found.messages], older: before.length > 0 ? known.older : found.older }
    if (found.older === null) return found
    found = await withOlder(id, found, signal)
  }
}

async function withOlder(id: string, { messages, older }: Loaded, signal?: AbortSignal): Promise<Loaded> {
  const { items, nextCursor } = await readPage(id, older, signal)
  return { messages: [...settledMeanwhile(id, items), ...messages], older: nextCursor }
}

/** Loads what is before the oldest message that is here. @throws {ProblemError} */
export async function loadOlder(id: string): Promise<void> {
  const before = queryClient.getQueryData<Loaded>(messagesKey(id))
  if (!before || before.older === null) return
  const { messages, older } = await withOlder(id, { messages: [], older: before.older })
  queryClient.setQueryData<Loaded>(messagesKey(id), (now) =>
    now && now.older === before.older ? { messages: [...messages, ...now.messages], older } : now,
  )
}

/** Loads older ones until this message is here. @returns whether there is such a message */
export async function loadUntil(id: string, messageId: string): Promise<boolean> {
  for (;;) {
    const loaded = queryClient.getQueryData<Loaded>(messagesKey(id))
    if (loaded?.messages.some((message) => message.id === messageId)) return true
    if (!loaded || loaded.older === null) return false
    await loadOlder(id)
  }
}

/** An answer that ended, or began to wait, while pages came is kept as it is, not as it was when its page was read. */
function settledMeanwhile(id: string, found: Message[]): Message[] {
  const now = new Map(queryClient.getQueryData<Loaded>(messagesKey(id))?.messages.map((message) => [message.id, message]))
  return found.map((message) => {
    const kept = now.get(message.id)
    return message.status === 'streaming' && kept?.runId === message.runId && kept.status !== 'streaming' ? kept : message
  })
}

export const runQuery = (id: string) =>
  queryOptions({ queryKey: ['run', id], queryFn: ({ signal }) => call(endpoints.run, { params: { id } }, signal) })
