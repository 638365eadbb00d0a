import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseObject } from '#lib/parse-object.ts'
import { refusal } from '#lib/refusal.ts'
import { createSemaphore } from '#lib/semaphore.ts'
import type { Isolation } from '#ports/sandbox/index.ts'

export type FileKind = 'pdf' | 'docx' | 'sheets' | 'pptx' | 'odt' | 'odp' | 'rtf' | 'epub' | 'eml' | 'msg' | 'html' | 'markdown' | 'text'
/** A piece of a file under one heading or on one page, in the order of the file. */
export type Section = { page: number | null; heading: string | null; text: string }
export type ReadFile = { sections: Section[]; pages: number | null; /** Pages that may be pictures. */ emptyPages: number[] }

const program = fileURLToPath(new URL('./reader/file-reader.ts', import.meta.url))
export const pdfLibrary = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))
/** Readers load packages; they see them all, and nothing else. */
export const packages = dirname(pdfLibrary)
const limits = { cpuSecondsMax: 60, heapMegabytesMax: 512, dataBytesMax: 1536 * 1024 * 1024, outputBytesMax: 32 * 1024 * 1024 }
/** A reader may take a gigabyte: so many at a time. */
const inTurn = createSemaphore(2, 500, 'overloaded.files')

/** What a reader says is not trusted more than the file that it read. */
const Reply = z.union([
  z.object({ fault: z.enum(['broken', 'locked', 'too_large']) }),
  z.object({
    sections: z.array(z.object({ page: z.int().nullable(), heading: z.string().max(200).nullable(), text: z.string() })).max(100_000),
    pages: z.int().nullable(),
    emptyPages: z.array(z.int()).max(2000),
  }),
])

/**
 * The text of a file of a person's, read by an isolated process that is killed when it takes too long, too much processor or too much memory.
 * @throws invalid_request with why it cannot be read, overloaded when too many wait
 */
export async function readFile(isolation: Isolation, kind: FileKind, input: Buffer, signal: AbortSignal, timeoutMs = 120_000): Promise<ReadFile> {
  const printed = await inTurn(() => isolation.run({ program, args: [kind, pdfLibrary], reads: [packages], input, timeoutMs, signal, ...limits }))
  const reply = Reply.safeParse(printed && parseObject(printed.toString())).data
  if (!reply || ('fault' in reply && reply.fault === 'too_large')) throw refusal('invalid_request.file_too_heavy')
  if ('fault' in reply) throw refusal(reply.fault === 'locked' ? 'invalid_request.file_encrypted' : 'invalid_request.file_unreadable')
  return reply
}
