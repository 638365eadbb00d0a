import { z } from 'zod'
import { Id, Timestamp, text } from './text.ts'

export const memoryCharactersMax = 1000

/**
 * Where a memory came from: the person on the page; a sentence of theirs in a conversation; a program with an API key; a client's model, by the
 * tool `memory_add`; or nobody noted it.
 */
export const MemoryOrigin = z.enum(['person', 'chat', 'key', 'tool', 'unknown'])
export type MemoryOrigin = z.infer<typeof MemoryOrigin>

/**
 * Something Jarvis remembers of a person; `conversationId` is the conversation that it came from. `trusted` is false for one that is not the
 * person's own until they say that they trust it: an answer that recalls it is made under text from outside.
 */
export const Memory = z
  .object({
    id: Id,
    text: z.string(),
    conversationId: Id.nullable(),
    createdAt: Timestamp,
    origin: MemoryOrigin,
    trusted: z.boolean(),
    score: z.number().optional(),
  })
  .meta({ id: 'Memory' })
export type Memory = z.infer<typeof Memory>

/** The text of the memory, exactly as it was shown. */
export const TrustBody = z.strictObject({ text: text(10_000, 0) })

export const MemoryBody = z.strictObject({ text: text(memoryCharactersMax).trim().min(1) })
