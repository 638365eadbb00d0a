import type { File } from '@jarvis/contracts/files.ts'
import type { MessagePart } from '@jarvis/contracts/parts.ts'
import { createStore } from '#lib/store.ts'

export type AttachedPart = Extract<MessagePart, { type: 'image' | 'file' }>

/** A file that is to go with the next message of a conversation. `part` is what it is once the server has it. */
export type Attachment = {
  key: string
  conversationId: string
  name: string
  bytes: number
  state: 'waiting' | 'sending' | 'reading' | 'ready' | 'failed'
  /** It is fetched from the web by the server. */
  isPage: boolean
  /** How much of it is there, from 0 to 1. */
  share: number
  /** How many of its pages were looked at. */
  progress: File['progress']
  /** Why it did not come, or cannot be read. */
  error: string | null
  part: AttachedPart | null
  preview: string | null
}

export const attachments = createStore<readonly Attachment[]>([])

/** Takes what goes with a message now. */
export function takeAttached(conversationId: string): AttachedPart[] {
  const mine = attachments.get().filter((one) => one.conversationId === conversationId)
  if (mine.length > 0) attachments.set((all) => all.filter((one) => !mine.includes(one)))
  for (const { preview } of mine) if (preview) URL.revokeObjectURL(preview)
  return mine.flatMap(({ part }) => part ?? [])
}

export const attachedIn = (parts: readonly MessagePart[]) => parts.filter((part) => part.type === 'image' || part.type === 'file')
