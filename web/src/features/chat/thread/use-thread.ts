import type { Message } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { follow, withMessages } from '#features/chat/live/chat.ts'
import { type Entry, messagesOf, newConversation, outbox } from '#features/chat/live/outbox.ts'
import { loadUntil, messagesQuery } from '#features/chat/queries.ts'
import { conversationQuery } from '#lib/conversation.ts'
import { useStore } from '#lib/store.ts'
import { branch } from './tree.ts'

const noMessages: Message[] = []

/** The shown branch of a conversation, with what is on its way, and the answers it still waits for being followed. */
export function useThread(conversationId: string) {
  const exists = conversationId !== newConversation
  const query = useQuery({ ...messagesQuery(conversationId), enabled: exists })
  const { data: conversation } = useQuery({ ...conversationQuery(conversationId), enabled: exists })
  const stored = query.data?.messages ?? noMessages
  const older = query.data?.older ?? null
  const leafId = conversation?.leafId ?? null
  const entries = useStore(outbox)

  const { steps, entryOf, seenId } = useMemo(() => {
    const mine = entries.filter((entry) => entry.conversationId === conversationId)
    const messages = mine.reduce((all, entry) => withMessages(all, messagesOf(entry)), stored)
    const entryOf = new Map<string, Entry>(mine.map((entry) => [entry.messageId, entry]))
    let seen = messages.length - 1
    while (seen >= 0 && entryOf.get(messages[seen]!.id)?.accepted === null) seen--
    return { steps: branch(messages, leafId), entryOf, seenId: messages[seen]?.id ?? null }
  }, [stored, entries, leafId, conversationId])

  useEffect(() => {
    for (const { status, runId } of stored) if (status === 'streaming' && runId) follow({ conversationId, runId })
  }, [stored, conversationId])

  const isFar = leafId !== null && stored.length > 0 && older !== null && !stored.some(({ id }) => id === leafId)
  useEffect(() => {
    if (isFar && leafId) loadUntil(conversationId, leafId).catch(() => undefined)
  }, [isFar, leafId, conversationId])

  const leaf = steps.at(-1)?.message
  const streaming = leaf?.status === 'streaming' ? leaf.runId : null
  const waiting = leaf?.status === 'waiting'
  const unsent = leaf && entryOf.get(leaf.id)
  // What follows a message that never arrived follows what stood before it.
  const parentId = unsent ? unsent.parentId : (leaf?.id ?? null)
  const sending = unsent !== undefined && !unsent.error
  const temporary = conversation?.temporary ?? false
  return { query, steps, temporary, entryOf, older, parentId, seenId, streaming, waiting, sending }
}
