import { and, asc, eq, gt, inArray, ne, not, sql } from 'drizzle-orm'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { isThere } from '#ports/database/people.ts'
import { filePassages, files } from '#ports/database/tables.ts'
import type { VectorItem, Vectors } from '#ports/vectors/index.ts'
import { createShards } from '#ports/vectors/shards.ts'
import { fileOf, filesSeenBy } from './owned.ts'

export type PassageVectorsDeps = Pick<Database, 'db'> & {
  vectors: Vectors
  /** One vector per text, in order, null where it has none; paid for in advance. `id` names the vector space. @throws budget_exhausted, ceiling_reached */
  embeddings: { id: string; embed(payer: { userId: string }, texts: string[], signal?: AbortSignal): Promise<(number[] | null)[]> }
  /** Keys the names of the collections. */
  secret: string
  /** Sees to it that what these keys name is removed, now or later: their person was erased while they were written to. */
  takeBack(userId: string, keys: string[]): Promise<void>
  log: Log
}
type Owned = Pick<typeof files.$inferSelect, 'id' | 'userId'>
/** A passage by its file and its place there. */
export type Place = { fileId: string; position: number }
export type PassageVectors = ReturnType<typeof createPassageVectors>

const passagesAtOnce = 100
const filesPerTurn = 10
const pageSize = 500
/** What is written beside a renewal may go with the old collection: so young a file gets its vectors again by the catch-up. */
const isLate = sql`${files.createdAt} > now() - interval '10 minutes'`
const beforeAll = '00000000-0000-0000-0000-000000000000'

/** Vectors of passages, beside the rows that are the truth: in collections that people share, each record with its owner, and its file as its group. */
export function createPassageVectors({ db, vectors, embeddings, secret, takeBack, log }: PassageVectorsDeps) {
  const shards = createShards({ vectors, secret, hold: 'passages' })
  const encoder = embeddings.id
  let caughtUpTo = beforeAll

  async function index({ id, userId }: Owned, signal?: AbortSignal): Promise<void> {
    const mine = and(eq(filePassages.userId, userId), eq(filePassages.fileId, id))
    try {
      for (let from = -1; ;) {
        const some = await db
          .select({ position: filePassages.position, heading: filePassages.heading, text: filePassages.text })
          .from(filePassages)
          .where(and(mine, gt(filePassages.position, from)))
          .orderBy(asc(filePassages.position))
          .limit(passagesAtOnce)
        const texts = some.map(({ heading, text }) => (heading === null ? text : `${heading}\n${text}`))
        const found = some.length === 0 ? [] : await embeddings.embed({ userId }, texts, signal)
        // The text is not there again: what is deleted would have to be deleted in two stores.
        const items = some.flatMap(({ position }, at) => (found[at] ? [{ id: `${id}:${position}`, text: '', vector: found[at], group: id }] : []))
        if (items.length > 0) await shards.put(encoder, userId, items)
        if (some.length < passagesAtOnce) break
        from = some.at(-1)!.position
      }
      const kept = await db.update(files).set({ encoder }).where(fileOf(userId, id)).returning({ id: files.id })
      // It was deleted meanwhile.
      if (kept.length === 0) await shards.removeGroup(encoder, userId, id)
    } finally {
      if (!(await isThere({ db }, userId))) await takeBack(userId, [shards.keyOf(encoder, userId)])
    }
  }

  /** Which of these records are of a file that is there, of anybody. */
  async function there(items: readonly VectorItem[]): Promise<Set<string>> {
    const ids = groupsOf(items)
    const rows = ids.length === 0 ? [] : await db.select({ id: files.id }).from(files).where(inArray(files.id, ids))
    const known = new Set(rows.map(({ id }) => id))
    return new Set(items.flatMap(({ id, group }) => (group !== undefined && known.has(group) ? [id] : [])))
  }

  async function* pagesOf(collection: string): AsyncGenerator<VectorItem[]> {
    for (let offset = 0; ; offset += pageSize) {
      const page = await vectors.export(collection, { limit: pageSize, offset })
      if (page.length > 0) yield page
      if (page.length < pageSize) return
    }
  }

  const groupsOf = (items: readonly VectorItem[]) => [...new Set(items.flatMap(({ group }) => group ?? []))]

  /** Those of a file that is there. */
  async function copy(items: VectorItem[], to: string): Promise<void> {
    const kept = await there(items)
    const copied = items.filter(({ id }) => kept.has(id))
    if (copied.length > 0) await vectors.upsert(to, copied)
  }

  return {
    /** Gives each passage of a file its vector; what cannot be reached or paid for now is made up for by `catchUp`. */
    async indexNowOrLater(file: Owned, signal?: AbortSignal): Promise<void> {
      await index(file, signal).catch((error: unknown) => log.info({ err: error, fileId: file.id }, 'a file gets its vectors another time'))
    },

    /**
     * The nearest first, in those of these files that the reader may see: each of their owners is asked for, and nobody else. None where nobody
     * can be asked, for words find it too.
     */
    async nearest(readerId: string, fileIds: readonly string[], query: string, max: number, signal?: AbortSignal): Promise<Place[]> {
      if (fileIds.length === 0) return []
      try {
        const [vector = null] = await embeddings.embed({ userId: readerId }, [query], signal)
        if (!vector) return []
        const seen = and(filesSeenBy(readerId), inArray(files.id, [...fileIds]))
        const rows = await db.select({ id: files.id, ownerId: files.userId }).from(files).where(seen)
        const byOwner = Array.from(
          Map.groupBy(rows, ({ ownerId }) => ownerId),
          ([ownerId, theirs]) => {
            const groups = theirs.map(({ id }) => id)
            return shards.nearest(encoder, ownerId, vector, max, signal, groups)
          },
        )
        const found = (await Promise.all(byOwner)).flat().toSorted((a, b) => b.score - a.score)
        return found.slice(0, max).map(({ id }) => ({ fileId: id.slice(0, 36), position: Number(id.slice(37)) }))
      } catch (error) {
        signal?.throwIfAborted()
        log.warn({ err: error }, 'files are searched without the vector index')
        return []
      }
    },

    /** Of the encoder that it has, or may just be given. */
    async remove(userId: string, file: Pick<typeof files.$inferSelect, 'id' | 'encoder'>): Promise<void> {
      for (const theirs of new Set([encoder, file.encoder || encoder])) await shards.removeGroup(theirs, userId, file.id)
    },

    /** What an erasure removes of a person's. */
    async keysOf(tx: Pick<Database['db'], 'selectDistinct'>, userId: string): Promise<string[]> {
      const rows = await tx.selectDistinct({ encoder: files.encoder }).from(files).where(eq(files.userId, userId))
      const theirs = [...new Set([encoder, ...rows.flatMap((row) => row.encoder || [])])]
      return [...theirs.map((one) => shards.keyOf(one, userId)), shards.asideKeyOf(encoder, userId)]
    },

    /** What people who are erased have left. */
    async orphans(erased: string[]): Promise<{ userId: string; collections: string[] }[]> {
      const left = await shards.ownersAmong(encoder, erased)
      return left.map((userId) => ({ userId, collections: [shards.keyOf(encoder, userId)] }))
    },

    /**
     * Takes the numbers of what was removed out of the vector store's files: what is left of a collection waits in another while it is made
     * anew, page by page. Cut off, it leaves files that are said to have no vectors.
     */
    async renew(): Promise<void> {
      const known = new Set(await vectors.collections())
      for (const name of shards.names(encoder)) {
        const aside = shards.asideOf(name)
        // A renewal that was cut off.
        if (known.has(aside)) await vectors.drop(aside)
        if (!known.has(name)) continue
        await db
          .update(files)
          .set({ encoder: '' })
          .where(and(eq(files.encoder, encoder), isLate))
        for await (const page of pagesOf(name)) {
          await db
            .update(files)
            .set({ encoder: '' })
            .where(and(eq(files.encoder, encoder), inArray(files.id, groupsOf(page))))
          await copy(page, aside)
        }
        await vectors.drop(name)
        for await (const page of pagesOf(aside)) await copy(page, name)
        await vectors.drop(aside)
        const gone: VectorItem[] = []
        for await (const page of pagesOf(name)) {
          await db
            .update(files)
            .set({ encoder })
            .where(and(inArray(files.id, groupsOf(page)), not(isLate)))
          const left = await there(page)
          gone.push(...page.filter(({ id }) => !left.has(id)))
        }
        // Deleted meanwhile.
        for (const { id, owner } of gone) await vectors.remove(name, owner, [id])
      }
    },

    /** Files without vectors of this encoder, some at a time. */
    async catchUp(): Promise<void> {
      const waiting = await db
        .select({ id: files.id, userId: files.userId, encoder: files.encoder })
        .from(files)
        .where(and(ne(files.encoder, encoder), gt(files.id, caughtUpTo), eq(files.status, 'ready')))
        .orderBy(asc(files.id))
        .limit(filesPerTurn)
      caughtUpTo = waiting.length < filesPerTurn ? beforeAll : waiting.at(-1)!.id
      for (const file of waiting) {
        try {
          await index(file)
          if (file.encoder !== '') await shards.removeGroup(file.encoder, file.userId, file.id)
        } catch (error) {
          // One person's budget is not another's.
          log.info({ err: error, fileId: file.id }, 'a file gets its vectors another time')
        }
      }
    },
  }
}
