import { once } from 'node:events'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { VectorFiles } from './index.ts'

const isSegment = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The files of a bundled Chroma, while it runs. Its SQLite file is written anew by a connection of ours; the folders of vectors of
 * collections that are gone, which Chroma leaves behind, are removed.
 */
export function createVectorFiles(data: string): VectorFiles {
  const file = join(data, 'chroma.sqlite3')
  return {
    changedAt: async () => (await stat(file)).mtime,

    async rewrite(graceMs) {
      // SQLite works in the thread that asks it.
      const worker = new Worker(new URL('scrub-worker.ts', import.meta.url), { workerData: file })
      const [{ segments, changedAt }] = (await once(worker, 'message')) as [{ segments: string[]; changedAt: Date }]
      await worker.terminate()
      for (const name of await readdir(data)) {
        if (!isSegment.test(name) || segments.includes(name)) continue
        const { mtimeMs } = await stat(join(data, name))
        if (Date.now() - mtimeMs >= graceMs) await rm(join(data, name), { recursive: true, force: true })
      }
      return changedAt
    },
  }
}
