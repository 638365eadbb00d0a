import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isStorageFull } from '#lib/outage.ts'
import { type ByteRange, measure, noRoom, type Place } from './place.ts'

const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** Files in a folder. A name ends in `.part` until all of it is on the disk. */
export function openFolder(folder: string): Place {
  return {
    async put(name, content, options = {}) {
      const path = join(folder, name)
      const part = `${path}.part`
      const measured = measure(content, options)
      let isOurs = false
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        {
          await using file = await open(part, 'wx', 0o600)
          isOurs = true
          for await (const chunk of measured.content) await file.writeFile(chunk)
          await file.sync()
        }
        await rename(part, path)
        await syncFolder(dirname(path))
        return measured.written()
      } catch (error) {
        if (isOurs) await rm(part, { force: true })
        throw isStorageFull(error) ? noRoom(error) : error
      }
    },

    async get(name, range) {
      try {
        return read(await open(join(folder, name)), range)
      } catch (error) {
        if (isGone(error)) return null
        throw error
      }
    },

    remove: async (name) => await rm(join(folder, name), { force: true }),

    async list(inner) {
      const entries = await readdir(join(folder, inner), { withFileTypes: true }).catch(noneIfGone)
      const names = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.part')).map(({ name }) => name)
      return await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(folder, inner, name))).size })))
    },

    async folders() {
      const entries = await readdir(folder, { withFileTypes: true }).catch(noneIfGone)
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    },

    async removeUnfinished(inner, before) {
      const names = await readdir(join(folder, inner)).catch(noneIfGone)
      let removed = 0
      for (const name of names.filter((name) => name.endsWith('.part'))) {
        const path = join(folder, inner, name)
        // One that became whole meanwhile is not there.
        const [found] = await stat(path).then((found) => [found], noneIfGone)
        if (!found || found.mtime >= before) continue
        await rm(path, { force: true })
        removed++
      }
      return removed
    },

    removeFolder: async (inner) => await rm(join(folder, inner), { recursive: true, force: true }),
    [Symbol.dispose]() {},
  }
}

function noneIfGone(error: unknown): [] {
  if (isGone(error)) return []
  throw error
}

/** A name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path)
  await handle.sync()
}

/** The stream closes the file, also when it is left early. */
const read = (file: FileHandle, range: ByteRange | undefined): AsyncIterable<Uint8Array> =>
  file.createReadStream(range && { start: range.first, end: range.last })
