import { createHash } from 'node:crypto'
import { AppError } from '#lib/app-error.ts'
import type { Place, Written } from '#ports/blobs/index.ts'
import { backUp, type Source, type Stores, verify } from './back-up.ts'
import { opens, seal, unseal } from './seal.ts'

/** At most so many, none older than so many days; the newest stays whatever its age. */
export type Keep = { count: number; days: number }
export type Made = Written & { name: string; beganAt: Date; rows: number }
export type Backups = ReturnType<typeof createBackups>

const named = /^jarvis-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z)\.backup\.age$/
/** What a process that died left half written is of no use to anybody by then. */
const unfinishedMsMax = 24 * 3_600_000

/** The backups of one place: made, verified, listed, and removed when they have had their time. */
export function createBackups({ place, key, keep }: { place: Place; key: string; keep: Keep }) {
  /** Newest first. Files that others put there are left alone. */
  async function list(): Promise<{ name: string; bytes: number; at: Date }[]> {
    const found = (await place.list('')).flatMap(({ name, bytes }) => (named.test(name) ? [{ name, bytes, at: timeOf(name) }] : []))
    return found.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  }

  async function prune(): Promise<string[]> {
    const oldest = Date.now() - keep.days * 24 * 3_600_000
    const old = (await list()).filter(({ at }, index) => index > 0 && (index >= keep.count || at.getTime() < oldest))
    for (const { name } of old) await place.remove(name)
    await place.removeUnfinished('', new Date(Date.now() - unfinishedMsMax))
    return old.map(({ name }) => name)
  }

  const sourceOf = (name: string): Source => ({ name, read: () => unseal(contentOf(place, name), key) })

  /** That what stands there is what was written and, where the key opens it, a whole backup. */
  async function check(name: string, written?: Written): Promise<void> {
    const hash = createHash('sha256')
    async function* hashed() {
      for await (const piece of contentOf(place, name)) {
        hash.update(piece)
        yield piece
      }
    }
    if (opens(key)) await verify({ name, read: () => unseal(hashed(), key) })
    else for await (const _ of hashed());
    if (written && hash.digest('hex') !== written.sha256) throw new AppError('conflict', `${name} is not what was written.`)
  }

  return {
    list,
    sourceOf,
    check,

    /** Writes one, reads it back, and only then removes those that have had their time. What does not read back whole is not kept. */
    async make(stores: Pick<Stores, 'pool' | 'vectors' | 'blobs'>, version: string, signal?: AbortSignal): Promise<Made> {
      const beganAt = new Date()
      const name = `jarvis-${beganAt.toISOString().replace(/[:.]/g, '-')}.backup.age`
      const { parts, kept } = await backUp(stores, version, (bytes) => place.put(name, seal(bytes, key), signal && { signal }))
      try {
        await check(name, kept)
      } catch (error) {
        await place.remove(name)
        throw error
      }
      await prune()
      return { name, beganAt, ...kept, rows: parts.reduce((sum, { rows }) => sum + rows, 0) }
    },

    /** @throws not_found */
    async newest(): Promise<string> {
      const [first] = await list()
      if (!first) throw new AppError('not_found', 'There is no backup in BACKUP_URL.')
      return first.name
    },
  }
}

/** @throws not_found while it is read */
export async function* contentOf(place: Place, name: string): AsyncGenerator<Uint8Array> {
  const content = await place.get(name)
  if (!content) throw new AppError('not_found', `There is no backup ${name}.`)
  yield* content
}

const timeOf = (name: string) => new Date(named.exec(name)![1]!.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/, 'T$1:$2:$3.$4Z'))
