import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import type { Blobs } from '#ports/blobs/index.ts'
import type { Checksum } from './rows.ts'

/** A multiple of three, so that base64 has no padding inside. */
const pieceBytes = 48 * 1024

/** The files of one person: a row with the key, then its bytes. One that is removed meanwhile is left out. */
export async function* readFiles(blobs: Blobs, ownerId: string): AsyncGenerator<string> {
  for (const key of await blobs.list(ownerId)) {
    const content = await blobs.get(key)
    if (!content) continue
    yield JSON.stringify({ key })
    for await (const piece of content) {
      for (let at = 0; at < piece.length; at += pieceBytes) {
        yield JSON.stringify({ data: Buffer.from(piece.subarray(at, at + pieceBytes)).toString('base64') })
      }
    }
  }
}

/** Puts files back under their keys, one after the other, each as it comes. */
export function createFileWriter(blobs: Blobs) {
  let open: { content: PassThrough; kept: Promise<unknown> } | undefined

  async function flush(): Promise<void> {
    open?.content.end()
    await open?.kept
    open = undefined
  }

  return {
    async write(row: string): Promise<void> {
      const { key, data } = JSON.parse(row) as { key?: string; data?: string }
      if (key !== undefined) {
        await flush()
        const content = new PassThrough()
        const kept = blobs.putBack(key, content)
        kept.catch(() => {})
        open = { content, kept }
      } else if (!open!.content.write(Buffer.from(data!, 'base64'))) {
        // A store that refused reads no more: its failure is what there is to hear.
        await Promise.race([once(open!.content, 'drain'), open!.kept])
      }
    },
    flush,
  }
}

/** How many files a person has and a sum of their hashes, whatever their order. */
export async function checksumOfFiles(blobs: Blobs, ownerId: string): Promise<Checksum> {
  const keys = await blobs.list(ownerId)
  let sum = 0n
  for (const key of keys) {
    const hash = createHash('sha256').update(key)
    for await (const piece of (await blobs.get(key)) ?? []) hash.update(piece)
    sum += BigInt(`0x${hash.digest('hex').slice(0, 15)}`)
  }
  return { name: `files of ${ownerId}`, rows: keys.length, sum: String(sum) }
}
