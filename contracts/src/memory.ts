import { z } from 'zod'
import { Id, Timestamp, text } from './text.ts'

export const memoryCharactersMax = 1000

/**
 * Where a memory came from: the person on the page; a sentence of theirs in a conversation; a program with an API key; a client's model, by the
 * tool `memory_add`; a file that the person brought; or nobody noted it.
 */
export const MemoryOrigin = z.enum(['person', 'chat', 'key', 'tool', 'import', 'unknown'])
export type MemoryOrigin = z.infer<typeof MemoryOrigin>

/** What a memory replaced: it is recalled no more, and goes when that memory is forgotten. */
export const ReplacedMemory = z.object({ id: Id, text: z.string(), createdAt: Timestamp, closedAt: Timestamp }).meta({ id: 'ReplacedMemory' })
export type ReplacedMemory = z.infer<typeof ReplacedMemory>

/**
 * Something Jarvis remembers of a person; `conversationId` is the conversation that it came from, and `source` the sentence there. `trusted` is
 * false for one that is not the person's own until they say that they trust it: an answer that recalls it is made under text from outside.
 */
export const Memory = z
  .object({
    id: Id,
    text: z.string(),
    conversationId: Id.nullable(),
    createdAt: Timestamp,
    origin: MemoryOrigin,
    trusted: z.boolean(),
    source: z.string().nullable(),
    /** What it is about, in a word or two; empty where nobody said. */
    subject: z.string(),
    /** The time that it speaks of: a year, a month, a day, or two days with a slash between them, as ISO 8601 has them. */
    happened: z.string().nullable(),
    /** Newest first. */
    replaced: z.array(ReplacedMemory),
    score: z.number().optional(),
  })
  .meta({ id: 'Memory' })
export type Memory = z.infer<typeof Memory>

/** The text of the memory, exactly as it was shown. */
export const TrustBody = z.strictObject({ text: text(10_000, 0) })

export const importedMemoriesMax = 200
/** The most that is remembered of one person: a search goes through all of it. */
export const memoriesMax = 10_000

/** Memories of a file. `trusted`: the person says that these words are theirs, or as good as theirs; else each is text from outside. */
export const ImportBody = z.strictObject({
  memories: z
    .array(
      z.strictObject({
        text: text(memoryCharactersMax).trim().min(1),
        trusted: z.boolean().default(false),
        createdAt: Timestamp.optional(),
        source: text(memoryCharactersMax).nullish(),
        subject: text(60, 0).optional(),
        happened: text(40).nullish(),
      }),
    )
    .min(1)
    .max(importedMemoriesMax),
})
/** `known` were there; `refused` hold a secret. */
export const Imported = z.object({ added: z.int(), known: z.int(), refused: z.int() }).meta({ id: 'ImportedMemories' })

export const MemoryBody = z.strictObject({ text: text(memoryCharactersMax).trim().min(1) })
