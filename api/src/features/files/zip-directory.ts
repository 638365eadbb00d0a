import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import type { Blobs } from '#ports/blobs/index.ts'

/** Where the list of an archive's entries is, at its end; one with a longer list is none that people write. */
const tailBytesMax = 1024 * 1024
const entriesMax = 10_000

/** What is abstract in it is what reads of a file system. */
const Reader = RandomAccessReader as unknown as new () => RandomAccessReader

export type ZipDirectory = { names: ReadonlySet<string>; isEncrypted: boolean; inflatedBytes: number }

/** What a ZIP archive says of its entries; nothing is inflated. Null for one that is cut off, damaged or out of all proportion. */
export async function readZipDirectory(blobs: Pick<Blobs, 'get'>, { key, bytes }: { key: string; bytes: number }): Promise<ZipDirectory | null> {
  const first = Math.max(0, bytes - tailBytesMax)
  const content = await blobs.get(key, { first, last: bytes - 1 })
  if (!content) return null
  const tail = Buffer.concat(await Array.fromAsync(content))
  const reader = Object.assign(new Reader(), {
    read(buffer: Buffer, offset: number, length: number, position: number, done: (error: Error | null) => void) {
      const from = position - first
      if (from < 0 || from + length > tail.length) return done(new Error('The list of entries is not at the end.'))
      tail.copy(buffer, offset, from, from + length)
      done(null)
    },
  })
  try {
    const zip = await fromRandomAccessReaderPromise(reader, bytes, { strictFileNames: false })
    if (zip.entryCount > entriesMax) return null
    const names = new Set<string>()
    let isEncrypted = false
    let inflatedBytes = 0
    for await (const entry of zip.eachEntry()) {
      names.add(entry.fileName)
      isEncrypted ||= entry.isEncrypted()
      inflatedBytes += entry.uncompressedSize
    }
    return { names, isEncrypted, inflatedBytes }
  } catch {
    return null
  }
}
