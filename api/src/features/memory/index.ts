import { createHmac } from 'node:crypto'
import { type Memory, MemoryOrigin } from '@jarvis/contracts/memory.ts'
import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { AppError } from '#lib/app-error.ts'
import { numberOfCursor } from '#lib/cursor.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import type { StoredText, Vectors } from '#ports/vectors/index.ts'
import { createCollections } from './collections.ts'
import { secretsIn } from '#lib/secrets.ts'
import { factsIn } from './facts.ts'
import { idOfText, normalised } from './same-text.ts'

export { developmentQuestions, heldOut, memoryEval, train } from './evaluation/eval.ts'
export { keptSecret } from './kept-secret.ts'
export { bias as rankerBias } from './recall/weights.ts'
export { scoreMemoryLines } from './score-lines.ts'

export type MemoryDeps = Pick<Database, 'db'> & {
  vectors: Vectors
  /** One vector per text, in order, paid for in advance. `id` names the vector space. @throws budget_exhausted, ceiling_reached */
  embeddings: { id: string; prepare(text: string): void; embed(payer: Payer, texts: string[], signal?: AbortSignal): Promise<number[][]> }
  /** Keys the names of the collections, so that no input names one. */
  secret: string
  /** Sees to it that these collections are removed, now or later: their person was erased while they were written to. */
  takeBack(userId: string, collections: string[]): Promise<void>
}
/** Whose memory it is, and who pays for finding something in it. */
type Payer = { userId: string; runId?: string; attempt?: number }
/** What is to be remembered, and where it came from. */
export type NewMemory = { text: string; origin: MemoryOrigin; conversationId?: string | null }
export type Recall = { memories: RecalledMemory[]; note?: string }
export type MemoryStore = ReturnType<typeof createMemory>

const recalledMax = 5
/** Cosine below which a memory has, as a rule, nothing to do with the question. */
const scoreMin = 0.3
const recallTimeoutMs = 4000
const askedCharactersMax = 2000

/** What Jarvis remembers of a person: short sentences in the person's own collection, found again by meaning. */
/** What Chroma takes as a place in a list: 32 bits. */
const offsetMax = 2 ** 31 - 1

export function createMemory({ db, vectors, embeddings, secret, takeBack }: MemoryDeps) {
  const collections = createCollections({ db, vectors, takeBack })
  const collectionOf = (userId: string) => `memory-${createHmac('sha256', secret).update(`${embeddings.id} ${userId}`).digest('hex').slice(0, 40)}`

  async function nearest(payer: Payer, text: string, resultsMax: number, signal?: AbortSignal): Promise<RecalledMemory[]> {
    const [vector] = await embeddings.embed(payer, [text], signal)
    const matches = await vectors.query(collectionOf(payer.userId), vector!, resultsMax, signal)
    return matches.map(({ id, text, score, metadata }) => ({ id, text, score: Math.round(score * 1000) / 1000, ...provenanceOf(metadata) }))
  }

  /**
   * Writes one memory. The same text is renewed instead of doubled, but never what is the person's own by what is not. Only the same text is: an
   * encoder may give one vector to sentences that say different things.
   */
  async function remember(userId: string, { text, origin, conversationId = null }: NewMemory, id?: string): Promise<Memory> {
    const [secret] = secretsIn(text)
    if (secret) throw refusal('invalid_request.secret_memory', { kind: secret.kind })
    const [vector] = await embeddings.embed({ userId }, [text])
    const ownId = idOfText(userId, text)
    const [there] = id ? [] : await vectors.get(collectionOf(userId), [ownId])
    const twin = there && normalised(there.text) === normalised(text) ? there : undefined
    if (twin && !isOwn(origin) && provenanceOf(twin.metadata).trusted) return toMemory(twin)
    const createdAt = new Date().toISOString()
    const item = {
      // What was there may say something else since: then its id is taken.
      id: id ?? (there && !twin ? newId() : ownId),
      vector: vector!,
      text,
      metadata: { createdAt, origin, ...(conversationId && { conversationId }) },
    }
    await collections.write(userId, collectionOf(userId), (collection) => vectors.upsert(collection, [item]))
    return toMemory(item)
  }

  async function existing(userId: string, id: string): Promise<StoredText> {
    const [stored] = await vectors.get(collectionOf(userId), [id])
    if (!stored) throw new AppError('not_found', 'There is no such memory.')
    return stored
  }

  return {
    /** Begins a recall that is about to be asked for, so that it waits less. */
    async prepare(userId: string, text: string): Promise<void> {
      if (await collections.has(userId, collectionOf(userId))) embeddings.prepare(text.slice(0, askedCharactersMax))
    },

    /**
     * Never fails a run: with the index down it answers no memories and a note that says so. For a person of whom nothing is remembered nothing
     * is encoded and nobody is asked.
     */
    async recall(payer: Payer, text: string, signal: AbortSignal): Promise<Recall> {
      try {
        if (!(await collections.has(payer.userId, collectionOf(payer.userId)))) return { memories: [] }
        const found = await nearest(
          payer,
          text.slice(0, askedCharactersMax),
          recalledMax,
          AbortSignal.any([signal, AbortSignal.timeout(recallTimeoutMs)]),
        )
        // What was kept before secrets were refused is not shown to a model either.
        return { memories: found.filter(({ score, text }) => score >= scoreMin && secretsIn(text).length === 0) }
      } catch (error) {
        if (signal.aborted) throw error
        return { memories: [], note: 'The memory is not reachable right now.' }
      }
    },

    /** Whether there is anything to memorise in a message; most hold nothing. */
    hasFacts: (text: string) => factsIn(text).length > 0,

    /** `requireThere` throws once the person is gone: then nothing more is sent to anybody for them. */
    async memorise(userId: string, { text, ...from }: NewMemory, requireThere: () => Promise<void>): Promise<void> {
      for (const fact of factsIn(text)) {
        await requireThere()
        await remember(userId, { text: fact, ...from })
      }
      await requireThere()
    },

    async list(userId: string, { limit, cursor, q }: { limit: number; cursor?: string | undefined; q?: string | undefined }): Promise<Page<Memory>> {
      if (q) {
        const found = await nearest({ userId }, q, limit)
        const stored = new Map(
          (
            await vectors.get(
              collectionOf(userId),
              found.map(({ id }) => id),
            )
          ).map((item) => [item.id, item]),
        )
        return { items: found.flatMap(({ id, score }) => (stored.has(id) ? [{ ...toMemory(stored.get(id)!), score }] : [])), nextCursor: null }
      }
      const offset = cursor === undefined ? 0 : numberOfCursor(cursor, offsetMax)
      const items = await vectors.list(collectionOf(userId), { limit: limit + 1, offset })
      return { items: items.slice(0, limit).map(toMemory), nextCursor: items.length > limit ? String(offset + limit) : null }
    },

    create: (userId: string, memory: NewMemory) => remember(userId, memory),

    /** It is then of the one who wrote it anew. */
    async update(userId: string, id: string, memory: NewMemory): Promise<Memory> {
      const { conversationId } = toMemory(await existing(userId, id))
      return await remember(userId, { ...memory, conversationId }, id)
    },

    /** The person says that it is as good as their own, of the text that they saw. @throws conflict when it says something else by now */
    async trust(userId: string, id: string, shown: string): Promise<Memory> {
      const { text, metadata } = await existing(userId, id)
      if (text !== shown) throw refusal('conflict.changed_memory')
      const [vector] = await embeddings.embed({ userId }, [text])
      const item = { id, vector: vector!, text, metadata: { ...metadata, trusted: true } }
      await collections.write(userId, collectionOf(userId), (collection) => vectors.upsert(collection, [item]))
      return toMemory(item)
    },

    async remove(userId: string, id: string): Promise<void> {
      await existing(userId, id)
      await vectors.remove(collectionOf(userId), [id])
    },

    forgetAll: (userId: string) => vectors.drop(collectionOf(userId)),

    /** The collections that a person has, those of earlier embedding models too. */
    collectionsOf: async (tx: Pick<Database['db'], 'select'>, userId: string) => [
      ...new Set([collectionOf(userId), ...(await collections.of(tx, userId))]),
    ],
    dropCollections: async (names: string[]) => {
      for (const name of names) await vectors.drop(name)
      await collections.forget(names)
    },

    /** Collections whose person is gone; `erased` are people who are known to be, and may have left some that nobody noted. */
    async orphans(erased: string[]): Promise<{ userId: string; collections: string[] }[]> {
      const noted = await collections.ofNobody()
      const there = new Set(await vectors.collections())
      const unnoted = erased.map((userId) => ({ userId, collections: [collectionOf(userId)] }))
      return [...noted, ...unnoted.filter(({ collections: [name] }) => there.has(name!))]
    },
  }
}

const isOwn = (origin: MemoryOrigin) => origin === 'person' || origin === 'chat'

/**
 * What was stored before origins were: a sentence from a conversation was the person's, for nothing else was kept of one. Of the others nobody
 * knows whether the person or a program wrote them.
 */
function provenanceOf({ origin, conversationId, trusted }: StoredText['metadata']): Pick<Memory, 'origin' | 'trusted'> {
  const known = MemoryOrigin.safeParse(origin).data ?? (conversationId === undefined ? 'unknown' : 'chat')
  return { origin: known, trusted: isOwn(known) || trusted === true }
}

function toMemory({ id, text, metadata }: StoredText): Memory {
  return {
    id,
    text,
    conversationId: typeof metadata.conversationId === 'string' ? metadata.conversationId : null,
    createdAt: String(metadata.createdAt),
    ...provenanceOf(metadata),
  }
}
