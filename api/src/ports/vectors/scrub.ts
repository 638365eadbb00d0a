import { once } from 'node:events'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

const isSegment = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Takes what was deleted out of the files of a bundled Chroma, while it runs. Its SQLite file is written anew by a connection of ours; the
 * folders of vectors of collections that are gone, which Chroma leaves behind, are removed once they are older than the grace.
 */
export async function scrubChroma(data: string, graceMs: number): Promise<void> {
  // SQLite works in the thread that asks it.
  const worker = new Worker(new URL('scrub-worker.ts', import.meta.url), { workerData: join(data, 'chroma.sqlite3') })
  const [{ segments }] = (await once(worker, 'message')) as [{ segments: string[] }]
  await worker.terminate()
  for (const name of await readdir(data)) {
    if (!isSegment.test(name) || segments.includes(name)) continue
    const { mtimeMs } = await stat(join(data, name))
    if (Date.now() - mtimeMs >= graceMs) await rm(join(data, name), { recursive: true, force: true })
  }
}
