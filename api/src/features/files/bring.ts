import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { Receive } from './receive.ts'

/** A file that came within a message. `isPicture`: nothing else is taken for it. */
export type Brought = { name: string; base64: string; isPicture: boolean }

/**
 * Keeps what came within a message like what is uploaded, and returns the files' ids. The same bytes again give the file that is there.
 * @throws what `receive` throws
 */
export function createBring(receive: Receive['receive']) {
  return async ({ userId, plan }: { userId: string; plan: PlanId }, brought: readonly Brought[], signal: AbortSignal): Promise<string[]> => {
    const ids: string[] = []
    for (const { name, base64, isPicture } of brought) {
      const bytes = Buffer.from(base64, 'base64')
      const file = await receive({
        owner: { id: userId, plan },
        name,
        content: once(bytes),
        bytesSaid: bytes.length,
        picturesOnly: isPicture,
        signal,
      })
      ids.push(file.id)
    }
    return ids
  }
}

/** Bytes that are there, as they would come. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
