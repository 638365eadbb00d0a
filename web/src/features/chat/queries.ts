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
    queryFn: ({ signal }) => loadMessages(conversationId, signal),
    refetchInterval: (query) => mayBeAnswered(query) && waitingPollMs,
  })

const olderAtOnce = 200
/** The first message of each conversation that is here from its beginning. */
const firstOf = new Map<string, string>()

const hasEnded = ({ status }: Message) => status !== 'streaming' && status !== 'waiting'

/**
 * The whole tree, for a branch may begin anywhere in it. The newest page is shown as soon as it is here; the older ones follow, as far as they
 * are not here already.
 */
async function loadMessages(id: string, signal: AbortSignal): Promise<Message[]> {
  const known = queryClient.getQueryData<Message[]>(messagesKey(id)) ?? []
  const isWhole = known.some((message) => message.id === firstOf.get(id))
  let found: Message[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<Message> = await call(endpoints.messages, { params: { id }, query: { cursor, limit: cursor && olderAtOnce } }, signal)
    found = [...page.items, ...found]
    cursor = page.nextCursor
    const older = isWhole
      ? known.slice(
          0,
          Math.max(
            0,
            known.findIndex((message) => message.id === found[0]?.id),
          ),
        )
      : []
    if (older.length > 0 && older.every(hasEnded)) return [...older, ...settledMeanwhile(id, found)]
    if (cursor && known.length === 0) queryClient.setQueryData<Message[]>(messagesKey(id), settledMeanwhile(id, found))
  }
  if (found[0]) firstOf.set(id, found[0].id)
  return settledMeanwhile(id, found)
}

/** An answer that ended while pages came is kept as it ended, not as it was when its page was read. */
function settledMeanwhile(id: string, found: Message[]): Message[] {
  const now = new Map(queryClient.getQueryData<Message[]>(messagesKey(id))?.map((message) => [message.id, message]))
  return found.map((message) => {
    const kept = now.get(message.id)
    return message.status === 'streaming' && kept && hasEnded(kept) && kept.runId === message.runId ? kept : message
  })
}

export const runQuery = (id: string) =>
  queryOptions({ queryKey: ['run', id], queryFn: ({ signal }) => call(endpoints.run, { params: { id } }, signal) })
