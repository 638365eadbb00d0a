import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseObject } from '#lib/parse-object.ts'
import { createSemaphore } from '#lib/semaphore.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { packages, pdfLibrary } from './read-file.ts'

/** What is seen on a page of a PDF, or in a picture. */
export type ScanPage = { page: number | null; text: string }

const program = fileURLToPath(new URL('./reader/scan-reader.ts', import.meta.url))
/** Languages that are read together, and after those others that are tried where these are not sure. */
const scripts = 'eng+deu+fra+spa+por,jpn,chi_sim,ara'
const limits = { cpuSecondsMax: 120, heapMegabytesMax: 512, dataBytesMax: 2 * 1024 * 1024 * 1024, outputBytesMax: 8 * 1024 * 1024 }
const timeoutMs = 180_000
/** It keeps a core busy as long as it runs. */
const inTurn = createSemaphore(1, 500, 'overloaded.files')
const charactersMax = 50_000

const Reply = z.object({ seen: z.array(z.object({ page: z.int().nullable(), text: z.string() })) })

/**
 * The text that is seen in a picture or, with `pages`, on these pages of a PDF, by an isolated process that is killed when it takes too much.
 * Nothing where it was.
 * @throws overloaded when too many wait
 */
export async function readScan(isolation: Isolation, input: Buffer, pages: readonly number[], signal: AbortSignal): Promise<ScanPage[]> {
  const args = [packages, pdfLibrary, scripts, pages.join(',')]
  const printed = await inTurn(() => isolation.run({ program, args, reads: [packages], loadsAddons: true, input, timeoutMs, signal, ...limits }))
  const reply = Reply.safeParse(printed && parseObject(printed.toString())).data
  return (reply?.seen ?? []).map(({ page, text }) => ({ page, text: text.slice(0, charactersMax) }))
}
