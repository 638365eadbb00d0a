import { fileURLToPath } from 'node:url'
import { refusal } from '#lib/refusal.ts'
import { createSemaphore } from '#lib/semaphore.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { packages } from './read-file.ts'

const program = fileURLToPath(new URL('./picture-reader.ts', import.meta.url))
const limits = { cpuSecondsMax: 20, heapMegabytesMax: 128, dataBytesMax: 1536 * 1024 * 1024, outputBytesMax: 8 * 1024 * 1024, timeoutMs: 60_000 }
const inTurn = createSemaphore(2, 500, 'overloaded.files')

/**
 * A picture as models take it: a JPEG of at most 1,568 pixels a side, upright, without what it says of place and time.
 * @throws invalid_request for one that is damaged, or takes too much
 */
export async function readPicture(isolation: Isolation, input: Buffer, signal: AbortSignal): Promise<Buffer> {
  const picture = await inTurn(() => isolation.run({ program, reads: [packages], loadsAddons: true, input, signal, ...limits }))
  if (!picture || picture.length === 0) throw refusal('invalid_request.file_picture')
  return picture
}
