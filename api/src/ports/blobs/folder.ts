import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Blob, Blobs, ByteRange } from './index.ts'

const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'
const isFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

/** A folder for each person, a file for each blob. A name ends in `.part` until all of it is on the disk. */
export function createFolderBlobs(folder: string): Blobs {
  const folderOf = (ownerId: string) => join(folder, checked(ownerId))

  function pathOf(key: string): string {
    const [ownerId, id, ...rest] = key.split('/')
    if (rest.length > 0) throw new TypeError('Not a key of this store')
    return join(folderOf(ownerId ?? ''), checked(id ?? ''))
  }

  return {
    async put(ownerId, content, { bytesMax, signal }) {
      const own = folderOf(ownerId)
      const id = newId()
      const [part, path] = [join(own, `${id}.part`), join(own, id)]
      try {
        await mkdir(own, { recursive: true, mode: 0o700 })
        const written = await write(part, content, bytesMax, signal)
        signal?.throwIfAborted()
        await rename(part, path)
        await syncFolder(own)
        return { key: `${ownerId}/${id}`, ...written }
      } catch (error) {
        await rm(part, { force: true })
        if (isFull(error))
          throw new AppError('storage_full', 'There is no room left to keep this. Ask the administrator to make room.', { cause: error })
        throw error
      }
    },

    async get(key, range) {
      try {
        return read(await open(pathOf(key)), range)
      } catch (error) {
        if (isGone(error)) return null
        throw error
      }
    },

    remove: async (key) => await rm(pathOf(key), { force: true }),

    async list(ownerId) {
      const names = await readdir(folderOf(ownerId)).catch(noneIfGone)
      return names.filter((name) => isId.test(name)).map((id) => `${ownerId}/${id}`)
    },

    async removeAllOf(ownerIds) {
      for (const ownerId of ownerIds) await rm(folderOf(ownerId), { recursive: true, force: true })
    },

    owners: async () => (await readdir(folder).catch(noneIfGone)).filter((name) => isId.test(name)),
  }
}

function checked(id: string): string {
  if (!isId.test(id)) throw new TypeError('Not an id of this store')
  return id
}

function noneIfGone(error: unknown): string[] {
  if (isGone(error)) return []
  throw error
}

async function write(
  path: string,
  content: AsyncIterable<Uint8Array>,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<Omit<Blob, 'key'>> {
  const hash = createHash('sha256')
  let bytes = 0
  await using file = await open(path, 'wx', 0o600)
  for await (const chunk of content) {
    signal?.throwIfAborted()
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw new AppError('payload_too_large', `This is longer than the ${bytesMax} bytes that are taken.`)
    hash.update(chunk)
    await file.writeFile(chunk)
  }
  await file.sync()
  return { bytes, sha256: hash.digest('hex') }
}

/** A name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path)
  await handle.sync()
}

/** The stream closes the file, also when it is left early. */
const read = (file: FileHandle, range: ByteRange | undefined): AsyncIterable<Uint8Array> =>
  file.createReadStream(range && { start: range.first, end: range.last })
