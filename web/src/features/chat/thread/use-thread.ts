import type { Message } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { connection } from '#lib/connection.ts'
import { createStore, useStore } from '#lib/store.ts'
import { withMessages } from '#features/chat/live/chat.ts'
import { type Draft, type Entry, messagesOf, newConversation, outbox, post } from '#features/chat/live/outbox.ts'
import { messagesQuery } from '#features/chat/queries.ts'
import { type Choices, branch, choose } from './tree.ts'

const chosen = createStore<Readonly<Record<string, Choices>>>({})
const noChoices: Choices = {}
const noMessages: Message[] = []

export function showBranch(conversationId: string, parentId: string | null, id: string) {
  chosen.set((all) => ({ ...all, [conversationId]: choose(all[conversationId] ?? noChoices, parentId, id) }))
}

/** Sends a message and shows its branch. */
export function ask(draft: Draft) {
  showBranch(draft.conversationId, draft.parentId, post(draft))
}

/** The shown branch of a conversation, with what is on its way, and the answers it still waits for being followed. */
export function useThread(conversationId: string) {
  const query = useQuery({ ...messagesQuery(conversationId), enabled: conversationId !== newConversation })
  const stored = query.data ?? noMessages
  const entries = useStore(outbox)
  const choices = useStore(chosen)[conversationId] ?? noChoices

  const { steps, entryOf } = useMemo(() => {
    const mine = entries.filter((entry) => entry.conversationId === conversationId)
    const messages = mine.reduce((all, entry) => withMessages(all, messagesOf(entry)), stored)
    return { steps: branch(messages, choices), entryOf: new Map<string, Entry>(mine.map((entry) => [entry.messageId, entry])) }
  }, [stored, entries, choices, conversationId])

  useEffect(() => {
    for (const { status, runId } of stored) if (status === 'streaming' && runId) connection.follow(runId)
  }, [stored])

  const leaf = steps.at(-1)?.message
  const streaming = leaf?.status === 'streaming' ? leaf.runId : null
  const waiting = leaf?.status === 'waiting'
  const unsent = leaf && entryOf.get(leaf.id)
  // What follows a message that never arrived follows what stood before it.
  const parentId = unsent ? unsent.parentId : (leaf?.id ?? null)
  const sending = unsent !== undefined && !unsent.error
  return { query, steps, entryOf, parentId, streaming, waiting, sending }
}
