import { type ZipFile, fromBufferPromise } from 'yauzl'
import { TooLarge } from './section.ts'

/** What an archive may become: the sum is the bound, for a ratio misses a table of zeros. */
const inflatedBytesMax = 200 * 1024 * 1024
const entriesMax = 10_000

/** The archive, once what it says it becomes is modest. yauzl ends a stream that becomes more than was said. */
export async function openArchive(data: Buffer): Promise<ZipFile> {
  const zip = await fromBufferPromise(data)
  let bytes = 0
  if (zip.entryCount > entriesMax) throw new TooLarge()
  for await (const entry of zip.eachEntry()) bytes += entry.uncompressedSize
  if (bytes > inflatedBytesMax) throw new TooLarge()
  return await fromBufferPromise(data)
}

/** The entries whose names are asked for, as text. */
export async function entriesOf(data: Buffer, isAsked: (name: string) => boolean): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const zip = await openArchive(data)
  for await (const entry of zip.eachEntry()) {
    if (!isAsked(entry.fileName)) continue
    const pieces: Buffer[] = []
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer)
    found.set(entry.fileName, Buffer.concat(pieces).toString('utf8'))
  }
  return found
}
