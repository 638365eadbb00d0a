import { join } from 'node:path'
import { ChromaClient, ChromaNotFoundError, type Collection, type Where } from 'chromadb'
import { AppError } from '#lib/app-error.ts'
import { openBundledChroma } from './bundled-chroma.ts'
import { createVectorFiles } from './scrub.ts'
import type { VectorItem, VectorMetadata, Vectors } from './index.ts'

const batchMax = 500
const namesPerPage = 200

/** Chroma at `url`, else a bundled one. A remote one that is down is told by `ping` and by each call, not here. */
export async function openVectors(options: {
  url?: string
  dataDir: string
  timeoutMs?: number
  onProgress?: (line: string) => void
}): Promise<Vectors> {
  if (options.url) return createVectors(options.url, options.timeoutMs)
  const bundled = await openBundledChroma(options)
  const files = createVectorFiles(join(options.dataDir, 'chroma/data'))
  return { ...createVectors(bundled.url, options.timeoutMs), files, [Symbol.asyncDispose]: () => bundled[Symbol.asyncDispose]() }
}

function createVectors(url: string, timeoutMs = 4_000): Vectors {
  const { hostname, port, protocol } = new URL(url)
  const ssl = protocol === 'https:'
  const server = { host: hostname, port: Number(port) || (ssl ? 443 : 80), ssl, tenant: 'default_tenant', database: 'default_database' }
  const ids = new Map<string, string>()

  /** One bounded request; its client exists for it alone, because a client takes its signal when it is made. */
  const ask = async <T>(work: (client: ChromaClient) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout
    try {
      either.throwIfAborted()
      return await work(new ChromaClient({ ...server, fetchOptions: { signal: either } }))
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ChromaNotFoundError) throw error
      if (isFull(error))
        throw new AppError('storage_full', 'The disk of the memory index is full. Ask the administrator to make room.', { cause: error })
      throw new AppError('unavailable', 'The memory index is not available.', { cause: timeout.aborted ? timeout.reason : error })
    }
  }

  /** Works on a collection by its id, and once more when it was dropped, or made anew, by another process. */
  const within = async <T>(
    name: string,
    find: typeof findCollection,
    work: (collection: Collection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const id = ids.get(name) ?? (await ask((client) => find(client, name), signal))
      ids.set(name, id)
      try {
        return await ask((client) => work(client.collection(id)), signal)
      } catch (error) {
        if (!(error instanceof ChromaNotFoundError)) throw error
        ids.delete(name)
        if (attempt === 2) throw new AppError('unavailable', 'The memory index is not available.', { cause: error })
      }
    }
  }

  /** Undefined when there is no such collection. */
  const existing = async <T>(name: string, work: (collection: Collection) => Promise<T>, signal?: AbortSignal): Promise<T | undefined> => {
    try {
      return await within(name, findCollection, work, signal)
    } catch (error) {
      if (error instanceof ChromaNotFoundError) return undefined
      throw error
    }
  }

  return {
    async upsert(name, items, signal) {
      for (const batch of batches(items)) await within(name, makeCollection, (collection) => collection.upsert(toRecords(batch)), signal)
    },
    async query(name, owner, vector, resultsMax, signal, groups) {
      if (resultsMax < 1) return []
      const query = {
        queryEmbeddings: [vector],
        nResults: resultsMax,
        where: ownedBy(owner, groups),
        include: ['documents', 'metadatas', 'distances'],
      } satisfies Parameters<Collection['query']>[0]
      const found = await existing(name, (collection) => collection.query(query), signal)
      const texts = toTexts(found?.ids[0], found?.documents[0], found?.metadatas[0])
      // Chroma's cosine distance is 1 - cosine similarity.
      return texts.map(({ owner: _owner, group: _group, ...text }, index) => ({ ...text, score: 1 - (found?.distances[0]?.[index] ?? 1) }))
    },
    async remove(name, owner, unwanted) {
      for (const batch of batches(unwanted)) await existing(name, (collection) => collection.delete({ ids: batch, where: ownedBy(owner) }))
    },
    async removeAllOf(name, owner, group) {
      await existing(name, (collection) => collection.delete({ where: ownedBy(owner, group === undefined ? undefined : [group]) }))
    },
    async ownersAmong(name, owners) {
      const found: string[] = []
      for (const owner of new Set(owners)) {
        const page = await existing(name, (collection) => collection.get({ where: ownedBy(owner), limit: 1, include: [] }))
        if (page && page.ids.length > 0) found.push(owner)
      }
      return found
    },
    async drop(name) {
      ids.delete(name)
      await ask((client) => client.deleteCollection({ name })).catch((error: unknown) => {
        if (!(error instanceof ChromaNotFoundError)) throw error
      })
    },
    async collections() {
      const names: string[] = []
      for (;;) {
        const page = await ask((client) => client.listCollections({ limit: namesPerPage, offset: names.length }))
        names.push(...page.map(({ name }) => name))
        if (page.length < namesPerPage) return names
      }
    },
    async export(name, { limit, offset }) {
      const found = await existing(name, (collection) => collection.get({ limit, offset, include: ['documents', 'metadatas', 'embeddings'] }))
      return toTexts(found?.ids, found?.documents, found?.metadatas).map((text, index) => ({ ...text, vector: found!.embeddings[index]! }))
    },
    async ping() {
      await ask((client) => client.heartbeat())
    },
    files: null,
    async [Symbol.asyncDispose]() {},
  }
}

/** Chroma passes on what SQLite or the system said. */
const isFull = (error: unknown) => /disk is full|no space left/i.test(String((error as Error | undefined)?.message))

async function findCollection(client: ChromaClient, name: string): Promise<string> {
  return (await client.getCollection({ name })).id
}

async function makeCollection(client: ChromaClient, name: string): Promise<string> {
  return (await client.getOrCreateCollection({ name, embeddingFunction: null, configuration: { hnsw: { space: 'cosine' } } })).id
}

function batches<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / batchMax) }, (_, index) => all.slice(index * batchMax, (index + 1) * batchMax))
}

/** The one place where a filter is made: nothing is read or removed without it but by a backup, which takes whole collections. */
function ownedBy(owner: string, groups?: readonly string[]): Where {
  if (!owner) throw new RangeError('Whose vectors?')
  return groups ? { $and: [{ owner }, { group: { $in: [...groups] } }] } : { owner }
}

// Chroma merges the keys of an upsert into those it has, and refuses metadata without keys; as one value it is replaced whole.
function toRecords(items: VectorItem[]) {
  return {
    ids: items.map((item) => item.id),
    embeddings: items.map((item) => item.vector),
    documents: items.map((item) => item.text),
    metadatas: items.map((item) => ({
      json: JSON.stringify(item.metadata),
      ...(item.owner && { owner: item.owner }),
      ...(item.group && { group: item.group }),
    })),
  }
}

function toTexts(ids: string[] = [], documents: (string | null)[] = [], metadatas: (Record<string, unknown> | null)[] = []) {
  return ids.map((id, index) => ({
    id,
    owner: (metadatas[index]?.owner as string | undefined) ?? '',
    text: documents[index] ?? '',
    ...(metadatas[index]?.group !== undefined && { group: metadatas[index].group as string }),
    metadata: JSON.parse((metadatas[index]?.json as string | undefined) ?? '{}') as VectorMetadata,
  }))
}
