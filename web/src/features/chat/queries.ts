import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { type InfiniteData, infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'

export const conversationsKey = ['conversations'] as const

export const conversationsQuery = (q: string, archived: boolean) =>
  infiniteQueryOptions({
    queryKey: [...conversationsKey, { q, archived }],
    queryFn: ({ pageParam, signal }) =>
      call(endpoints.conversations, { query: { q: q || undefined, archived: archived ? 'true' : 'false', cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

/** Applies a change to every cached list that holds the conversation; `null` takes it out. */
export function patchConversation(id: string, change: (conversation: Conversation) => Conversation | null) {
  queryClient.setQueriesData<InfiniteData<Page<Conversation>>>(
    { queryKey: conversationsKey },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: page.items.flatMap((item) => (item.id === id ? (change(item) ?? []) : [item])) })),
      },
  )
  queryClient.setQueryData<Conversation>(['conversation', id], (item) => (item && change(item)) ?? item)
}

export async function refreshConversations() {
  await Promise.all([conversationsKey, ['conversation']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}

export const messagesKey = (conversationId: string) => ['messages', conversationId] as const

/** How often a page that waits for an approval looks whether it was given on another device. */
const waitingPollMs = 5000

type Kept = { state: { data?: unknown } }
const waitingIn = ({ state }: Kept) => ((state.data ?? []) as Message[]).filter(({ status }) => status === 'waiting')

export const waits = (query: Kept) => waitingIn(query).length > 0

/** An expired approval can no longer be given, here or elsewhere. */
const mayBeAnswered = (query: Kept) =>
  waitingIn(query).some(({ interrupts }) => interrupts.some(({ expiresAt }) => Date.parse(expiresAt) > Date.now()))

export const messagesQuery = (conversationId: string) =>
  queryOptions({
    queryKey: messagesKey(conversationId),
    queryFn: ({ signal }) => allMessages(conversationId, signal),
    refetchInterval: (query) => mayBeAnswered(query) && waitingPollMs,
  })

async function allMessages(id: string, signal: AbortSignal): Promise<Message[]> {
  const messages: Message[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<Message> = await call(endpoints.messages, { params: { id }, query: { cursor } }, signal)
    messages.push(...page.items)
    cursor = page.nextCursor
  }
  return messages
}

export const runQuery = (id: string) =>
  queryOptions({ queryKey: ['run', id], queryFn: ({ signal }) => call(endpoints.run, { params: { id } }, signal) })
