import { z } from 'zod'
import { Id, Timestamp, text } from './text.ts'

export const memoryCharactersMax = 1000

/** Something Jarvis remembers of a person; `conversationId` is null for one the person wrote. */
export const Memory = z
  .object({ id: Id, text: z.string(), conversationId: Id.nullable(), createdAt: Timestamp, score: z.number().optional() })
  .meta({ id: 'Memory' })
export type Memory = z.infer<typeof Memory>

export const MemoryBody = z.strictObject({ text: text(memoryCharactersMax).trim() })
