import type { AttachedPart } from '#features/chat/attach/attachments.ts'
import { newId } from '#lib/new-id.ts'
import { pageStorage } from '#lib/page-storage.ts'
import { createStore } from '#lib/store.ts'

/** A message that was written while an answer was still coming: it goes when that has ended. */
export type Queued = { id: string; conversationId: string; content: string; attached?: readonly AttachedPart[]; model: string }

const storageName = 'queue'

export const queue = createStore<readonly Queued[]>([])

queue.subscribe(() => pageStorage.set(storageName, queue.get().length > 0 ? JSON.stringify(queue.get()) : null))

export const restoreQueue = () => queue.set(JSON.parse(pageStorage.get(storageName) ?? '[]') as Queued[])

export const enqueue = (message: Omit<Queued, 'id'>) => queue.set((all) => [...all, { ...message, id: newId() }])

export const unqueue = (id: string) => queue.set((all) => all.filter((message) => message.id !== id))

/** What waits for a conversation that had none yet waits for the one that was made. */
export const moveQueue = (from: string, to: string) =>
  queue.set((all) => all.map((message) => (message.conversationId === from ? { ...message, conversationId: to } : message)))

/** Takes the first that waits for a conversation. */
export function takeQueued(conversationId: string): Queued | undefined {
  const first = queue.get().find((message) => message.conversationId === conversationId)
  if (first) unqueue(first.id)
  return first
}
