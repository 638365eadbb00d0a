import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { parseObject } from '#lib/parse-object.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { packages, pdfLibrary } from './read-file.ts'

const program = fileURLToPath(new URL('./pdf-reader.ts', import.meta.url))
const limits = { cpuSecondsMax: 15, heapMegabytesMax: 384, dataBytesMax: 1024 * 1024 * 1024, outputBytesMax: 16 * 1024 * 1024 }
/** A reader takes up to a third of a gigabyte: so many at a time. */
const atOnceMax = 2
const waitingMax = 8
const openMs = 10_000
const locked = 'This PDF needs a password.'

let running = 0
const waiting: (() => void)[] = []

/** What a reader says is not trusted more than the file that it read. */
const Reply = z.union([z.object({ fault: z.string().max(200) }), z.object({ text: z.string(), notes: z.array(z.string()) })])

/**
 * The text of a PDF, page by page. Each is read by an isolated process, which is killed when it takes too long, too much processor or too
 * much memory.
 * @throws invalid_request for what is no PDF or has a password, overloaded for one that takes too much
 */
export async function readPdf(
  isolation: Isolation,
  input: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ text: string; notes: string[] }> {
  const reply = await ask(isolation, { input, timeoutMs, signal, args: [pdfLibrary] })
  if (!reply) throw tooMuch()
  if ('fault' in reply) throw new AppError('invalid_request', reply.fault)
  return reply
}

/** Whether it opens only with a password. One that takes too long to open is for its reader to refuse. */
export async function isLockedPdf(isolation: Isolation, input: Buffer, signal: AbortSignal): Promise<boolean> {
  const reply = await ask(isolation, { input, timeoutMs: openMs, signal, args: [pdfLibrary, 'open'] })
  return reply !== undefined && 'fault' in reply && reply.fault === locked
}

type Asking = { input: Buffer; timeoutMs: number; signal: AbortSignal; args: string[] }

async function ask(isolation: Isolation, asking: Asking): Promise<z.infer<typeof Reply> | undefined> {
  if (running >= atOnceMax) {
    if (waiting.length >= waitingMax) throw tooMuch()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  running++
  try {
    const printed = await isolation.run({ program, reads: [packages], ...asking, ...limits })
    return Reply.safeParse(printed && parseObject(printed.toString())).data
  } finally {
    running--
    waiting.shift()?.()
  }
}

const tooMuch = () => new AppError('overloaded', 'This PDF could not be read: it takes too long or too much memory.')
