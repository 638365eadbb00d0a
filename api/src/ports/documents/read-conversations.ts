import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseObject } from '#lib/parse-object.ts'
import { refusal } from '#lib/refusal.ts'
import { createSemaphore } from '#lib/semaphore.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { packages } from './read-file.ts'

const program = fileURLToPath(new URL('./import/import-reader.ts', import.meta.url))
const limits = {
  cpuSecondsMax: 120,
  heapMegabytesMax: 1024,
  dataBytesMax: 2 * 1024 * 1024 * 1024,
  outputBytesMax: 192 * 1024 * 1024,
  timeoutMs: 300_000,
}
/** A reader may take two gigabytes: one at a time. */
const inTurn = createSemaphore(1, 100, 'overloaded.files')

const key = z.string().min(1).max(200)
const time = z.number().nullable()

/** What a reader says is not trusted more than the file that it read. */
const Found = z.object({
  id: key,
  title: z.string().max(200),
  createdAt: time,
  updatedAt: time,
  archived: z.boolean(),
  pinned: z.boolean(),
  folder: z.string().min(1).max(100).nullable(),
  leaf: key.nullable().catch(null),
  messages: z
    .array(
      z.object({
        id: key,
        parent: key.nullable(),
        role: z.enum(['user', 'assistant']),
        text: z.string().min(1).max(1_000_000),
        model: z.string().max(100).nullable(),
        createdAt: time,
        sources: z.array(z.object({ title: z.string().max(500), url: z.string().max(2000) })).max(50),
      }),
    )
    .min(1)
    .max(20_000),
})
/** A conversation of an export. Times are milliseconds since the epoch. */
export type FoundConversation = z.infer<typeof Found>

const Kind = z.enum(['chatgpt', 'open_webui', 'librechat', 'jarvis'])
const Last = z.union([
  z.object({ fault: z.enum(['too_large', 'broken']) }),
  z.object({
    summary: z.object({ kind: Kind.nullable(), skipped: z.record(z.string(), z.int().min(1)) }),
  }),
])
export type FoundKind = z.infer<typeof Kind>
export type FoundExport = { kind: FoundKind; lines: string[]; skipped: Record<string, number> }

/**
 * What is in an export of ChatGPT, Open WebUI, LibreChat or ours, as JSON or in a ZIP archive; each line is for `conversationIn`.
 * @throws invalid_request for what is none, or too large
 */
export async function readConversations(isolation: Isolation, input: Buffer, signal: AbortSignal): Promise<FoundExport> {
  const printed = await inTurn(() => isolation.run({ program, reads: [packages], input, signal, ...limits }))
  const lines = printed?.toString().trimEnd().split('\n') ?? []
  const last = Last.safeParse(parseObject(lines.pop() ?? '')).data
  if (!last || ('fault' in last && last.fault === 'too_large')) throw refusal('invalid_request.import_too_large')
  if ('fault' in last || last.summary.kind === null) throw refusal('invalid_request.import_unknown')
  return { kind: last.summary.kind, lines, skipped: last.summary.skipped }
}

export const conversationIn = (line: string): FoundConversation | null => Found.safeParse(parseObject(line)).data ?? null
