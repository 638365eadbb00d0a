import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import { type ImportBody, type Imported, memoriesMax, type Memory, type MemoryOrigin } from '@jarvis/contracts/memory.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import type { z } from 'zod'
import { badCursor, cursorAt, numberOfCursor } from '#lib/cursor.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import { estimateTokens } from '#lib/money.ts'
import { refusal } from '#lib/refusal.ts'
import { secretsIn } from '#lib/secrets.ts'
import { createSoon } from '#lib/soon.ts'
import type { Database } from '#ports/database/index.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { createShards } from '#ports/vectors/shards.ts'
import { createFactVectors } from './fact-vectors.ts'
import { mayHoldFacts, mayTellSomething } from './facts.ts'
import { createFormerCollections } from './former-collections.ts'
import { createKeepTurns } from './keep-turns.ts'
import { createLearn, type Learned, type Reader } from './learn.ts'
import { asksForPast } from './past.ts'
import { createPeople } from './people.ts'
import { createRows, type MemoryRow, type NewMemory, toMemory } from './rows.ts'
import { renewCollections } from './renew-collections.ts'
import { normalised } from './same-text.ts'
import { createTurnRows, type TurnRow } from './turn-rows.ts'
import { wordsShared } from './recall/words.ts'
import { toRecalled, toRecalledTurn } from './recalled.ts'
import { createSearch, type Found } from './search.ts'
import type { Meanings } from './recall/spelling.ts'

export { developmentQuestions, heldOut, memoryEval, train } from './evaluation/eval.ts'
export { memorySpeed } from './evaluation/speed.ts'
export { keptSecret } from './kept-secret.ts'
export { bias as rankerBias } from './evaluation/prior.ts'
export type { Learned, Reader } from './learn.ts'
export type { NewMemory } from './rows.ts'
export { scoreMemoryLines } from './score-lines.ts'

export type MemoryDeps = Pick<Database, 'db'> & {
  vectors: Vectors
  /** One vector per text, in order, null where it has none; paid for in advance. `id` names the vector space. @throws budget_exhausted, ceiling_reached */
  embeddings: { id: string; isPaid: boolean; embed(payer: Payer, texts: string[], signal?: AbortSignal): Promise<(number[] | null)[]> }
  meanings: Meanings
  /** The encoders of versions before. */
  formerEncoders: string[]
  /** Keys the names of the collections, so that no input names one. */
  secret: string
  /** Sees to it that what these keys name is removed, now or later: their person was erased while they were written to. */
  takeBack(userId: string, keys: string[]): Promise<void>
  reader: Reader
  /** Whether the guard lets a message pass. */
  isHarmless(text: string): Promise<boolean>
  log: Log
}
/** Whose memory it is, and who pays for finding something in it. */
export type Payer = { userId: string; runId?: string; attempt?: number }
/** `isPaused`: what is said in this turn is not remembered either. */
/** `isFull`: something is said that there is no room to remember. */
export type Recall = { memories: RecalledMemory[]; note?: string; isPaused?: boolean; isFull?: boolean }
export type MemoryStore = ReturnType<typeof createMemory>

type MemoryQuery = { limit: number; cursor?: string | undefined; q?: string | undefined; conversationId?: string | undefined }

const recalledMax = 20
/** What stands around a memory in the prompt. */
const tokensOfDate = 16
const recallTimeoutMs = 4000
/** What anybody waits for vectors; words find what has none. */
const vectorsSoon = { msMax: 3000, restMs: 3000 }
const askedCharactersMax = 2000
const forgottenMax = 3
const forgottenTurnsMax = 20
const turnsRecalledMax = 10
const forgottenCoverage = 0.8
const offsetMax = 2 ** 31 - 1

/** What Jarvis remembers of a person: rows, which are the truth; their vectors, in collections that people share; and those who came last, ranked. */
export function createMemory({ db, vectors, embeddings, meanings, formerEncoders, secret, takeBack, reader, isHarmless, log }: MemoryDeps) {
  const rows = createRows({ db })
  const turns = createTurnRows({ db })
  const shards = createShards({ vectors, secret, hold: 'memories' })
  const people = createPeople({ rows, turns, meanings, log })
  const soon = createSoon(vectorsSoon)
  const ofFacts = createFactVectors({ db, rows, shards, embeddings, soon, takeBack, log })
  const search = createSearch({ rows, turns, people, shards, embeddings, soon, log })
  const kept = createKeepTurns({ db, rows, turns, shards, embeddings, isHarmless, takeBack, log })
  const former = createFormerCollections({ db, vectors, rows, secret, encoders: [...new Set([embeddings.id, ...formerEncoders])] })

  async function requireRoom(userId: string): Promise<void> {
    if ((await rows.count(userId)) >= memoriesMax) throw refusal('quota_exceeded.memories', { memoriesMax })
  }

  async function remember(userId: string, memory: NewMemory): Promise<Memory> {
    refuseSecrets(memory.text)
    await former.move(userId)
    await requireRoom(userId)
    const row = await rows.put(userId, memory)
    await ofFacts.encodeSoon(row)
    return toMemory(row)
  }

  const found = async (payer: Payer, text: string, max: number, signal?: AbortSignal): Promise<Found<MemoryRow>[]> =>
    (await search(payer, text, 'facts', max, signal)).facts.slice(0, max)

  /** With its history, and with what was said to the same effect: it would be recalled from there. */
  async function forget(row: MemoryRow): Promise<void> {
    await forgetSaid(row)
    await ofFacts.remove([row])
    await rows.remove(row.userId, row.id)
  }

  async function forgetSaid(row: MemoryRow): Promise<void> {
    await kept.removeSaid([row, ...(await rows.historyOf(row.userId, row.id))])
    await forgetTurnsThatSay(row.userId, row.text)
  }

  async function forgetTurnsThatSay(userId: string, text: string): Promise<void> {
    await turns.reached(userId, null)
    if (!(await turns.any(userId))) return
    const said = (await search({ userId }, text, { butIn: null }, forgottenTurnsMax)).turns
    // Whatever else a piece says: its length counts for nothing here.
    const ids = said.filter(({ row }) => wordsShared(text, row.text) >= forgottenCoverage).map(({ row }) => row.id)
    if (ids.length > 0) await kept.remove(userId, { ids })
  }

  const encodersOf = async (tx: Pick<Database['db'], 'selectDistinct'>, userId: string): Promise<string[]> => [
    ...new Set([embeddings.id, ...(await rows.encodersOf(tx, userId)), ...(await turns.encodersOf(tx, userId))]),
  ]

  const withHistory = async (userId: string, found: readonly MemoryRow[]): Promise<Memory[]> => {
    const replaced = await rows.replacedBy(
      userId,
      found.map(({ id }) => id),
    )
    return found.map((row) => toMemory(row, replaced.get(row.id)))
  }
  const hasFacts = (text: string) => (reader.isThere() ? mayTellSomething(text) : mayHoldFacts(text))
  const shown = async (userId: string, row: MemoryRow) => (await withHistory(userId, [row]))[0]!

  const learn = createLearn({
    db,
    rows,
    reader,
    embeddings,
    keepVector: ofFacts.keepNowOrLater,
    removeVectors: ofFacts.remove,
    found,
    forget,
    forgetWhatSays,
    log,
  })

  /** Nothing goes but what has nearly all of the words: to keep too much is mended on the memory page, to lose something is not. */
  async function forgetWhatSays(userId: string, text: string): Promise<void> {
    await former.move(userId)
    for (const { row, coverage } of await found({ userId }, text, forgottenMax)) if (coverage >= forgottenCoverage) await forget(row)
    await forgetTurnsThatSay(userId, text)
  }

  return {
    /**
     * As many as fit into `tokensMax`, facts before what was said in other conversations, each best first. Never fails a run. For a person of whom
     * nothing is remembered nothing is encoded and nobody is asked.
     */
    async recall(
      payer: Payer,
      { text, conversationId, isProgram }: { text: string; conversationId: string; isProgram: boolean },
      tokensMax: number,
      signal: AbortSignal,
    ): Promise<Recall> {
      const { userId } = payer
      try {
        await former.move(userId)
        const { any, isPaused } = await rows.state(userId)
        if (isPaused) {
          // What is said from now on is not to be brought in later, when it goes on.
          await turns.reached(userId, null)
          return { memories: [], isPaused }
        }
        if (!any && !(await turns.anyElsewhere(userId, conversationId))) return { memories: [] }
        const asked = text.slice(0, askedCharactersMax)
        const inTime = AbortSignal.any([signal, AbortSignal.timeout(recallTimeoutMs)])
        const all = await search(payer, asked, { butIn: conversationId }, recalledMax, inTime)
        signal.throwIfAborted()
        // What was kept before secrets were refused is not shown to a model either.
        const facts = all.facts.filter(({ row, isRelevant }) => isRelevant && secretsIn(row.text).length === 0).slice(0, recalledMax)
        // What is not trusted taints the run, after which the person is asked more often: it comes in only where they ask for it.
        const isForPast = asksForPast(asked)
        const mayCome = ({ trusted, text }: TurnRow) => (trusted || isForPast) && normalised(text) !== normalised(asked)
        const relevant = all.turns.filter(({ row, isRelevant }) => isRelevant && mayCome(row))
        const said = await kept.withoutFacts(
          userId,
          facts.map(({ row }) => row),
          relevant.slice(0, turnsRecalledMax),
        )
        let tokens = 0
        const fits = ({ text }: { text: string }) => {
          const more = estimateTokens(text) + tokensOfDate
          if (tokens + more > tokensMax) return false
          tokens += more
          return true
        }
        const memories = facts.map(({ row, score }) => toRecalled(row, score)).filter(fits)
        const isFull = any && hasFacts(text) && (await rows.isFull(userId))
        return { memories: [...memories, ...said.map(({ row, score }) => toRecalledTurn(row, score, isProgram)).filter(fits)], isFull }
      } catch (error) {
        if (signal.aborted) throw error
        return { memories: [], note: 'The memory is not reachable right now.' }
      }
    },

    /** Keeps an answer and its question, to be found again from other conversations. Never fails what has ended already. */
    keepTurn: (userId: string, answerId: string): Promise<void> => kept.keep(userId, answerId),

    /** Before a conversation goes: its turns go with its messages, but their vectors are elsewhere. */
    removeTurns: (userId: string, conversationId: string): Promise<void> =>
      kept
        .remove(userId, { conversationId })
        .catch((error: unknown) => log.warn({ err: error, conversationId }, 'vectors of a conversation are removed another time')),

    /** Whether there is anything to memorise, or to forget, in a message; most hold nothing. */
    hasFacts,

    /** Finds the facts of a message. `requireThere` throws once the person is gone: then nothing more is sent to anybody for them. */
    memorise: (said: Learned, requireThere: () => Promise<void>, signal: AbortSignal): Promise<void> => learn(said, requireThere, signal),

    async list(userId: string, { limit, cursor, q, conversationId }: MemoryQuery): Promise<Page<Memory> & { full?: boolean }> {
      await former.move(userId)
      // What is found by its words is one page.
      if (q !== undefined && cursor !== undefined) throw badCursor()
      if (q) {
        const all = (await found({ userId }, q, limit)).filter(({ row }) => !conversationId || row.conversationId === conversationId)
        const items = await withHistory(
          userId,
          all.map(({ row }) => row),
        )
        return { items: items.map((item, at) => ({ ...item, score: all[at]!.score })), nextCursor: null }
      }
      const offset = cursor === undefined ? 0 : numberOfCursor('memories', cursor, offsetMax)
      const items = await rows.page(userId, { limit: limit + 1, offset, conversationId })
      return {
        items: await withHistory(userId, items.slice(0, limit)),
        nextCursor: items.length > limit ? cursorAt('memories', offset + limit) : null,
        ...(offset === 0 && conversationId === undefined && (await rows.isFull(userId)) && { full: true }),
      }
    },

    create: (userId: string, memory: NewMemory) => remember(userId, memory),

    /** What is there stays as it is. Vectors come by the catch-up: until then words find it. @throws quota_exceeded */
    async import(userId: string, { memories }: z.output<typeof ImportBody>): Promise<z.infer<typeof Imported>> {
      await former.move(userId)
      await requireRoom(userId)
      const counts = { added: 0, known: 0, refused: 0 }
      for (const { createdAt, ...memory } of memories) {
        if (secretsIn(memory.text).length > 0) counts.refused++
        else {
          const said = createdAt === undefined ? new Date() : new Date(Math.min(Date.now(), Date.parse(createdAt)))
          counts[(await rows.adopt(userId, { ...memory, id: newId(), origin: 'import', createdAt: said })) ? 'added' : 'known']++
        }
      }
      return counts
    },

    /** It is then of the one who wrote it anew. @throws not_found, conflict */
    async update(userId: string, id: string, { text, origin }: { text: string; origin: MemoryOrigin }): Promise<Memory> {
      refuseSecrets(text)
      await former.move(userId)
      const before = await rows.get(userId, id)
      // What it said before is not to be recalled from where it was said.
      await forgetSaid(before)
      const row = await rows.change(userId, id, text, origin)
      await ofFacts.encodeSoon(row)
      return await shown(userId, row)
    },

    /** The person says that it is as good as their own, of the text that they saw. @throws conflict when it says something else by now */
    async trust(userId: string, id: string, text: string): Promise<Memory> {
      await former.move(userId)
      await rows.get(userId, id)
      const row = await rows.trust(userId, id, text)
      if (!row) throw refusal('conflict.changed_memory')
      return await shown(userId, row)
    },

    async remove(userId: string, id: string): Promise<void> {
      await former.move(userId)
      await forget(await rows.get(userId, id))
    },

    /** What was said in a conversation. What that replaced and was said elsewhere holds again. */
    async forgetFrom(userId: string, conversationId: string): Promise<void> {
      await former.move(userId)
      await turns.reached(userId, null)
      await kept.remove(userId, { conversationId })
      await ofFacts.remove(await rows.removeFrom(userId, conversationId))
    },

    async forgetAll(userId: string): Promise<void> {
      await former.move(userId)
      await turns.reached(userId, null)
      for (const encoder of await encodersOf(db, userId)) await shards.removeAll(encoder, userId)
      await turns.remove(userId, 'all')
      await rows.remove(userId)
      people.forget(userId)
    },

    /** What of a person is in the vector store, by the keys that `erase` takes: records in shared collections, and collections of before. */
    async keysOf(tx: Pick<Database['db'], 'select' | 'selectDistinct'>, userId: string): Promise<string[]> {
      return [...(await former.of(tx, userId)), ...(await encodersOf(tx, userId)).map((encoder) => shards.keyOf(encoder, userId))]
    },
    async erase(keys: string[]): Promise<void> {
      await shards.erase(keys)
      await former.forget(keys)
    },

    /** What is in the store of people who are gone; `erased` are people who are known to be, and may have left some that nobody noted. */
    async orphans(erased: string[]): Promise<{ userId: string; collections: string[] }[]> {
      const left = await shards.ownersAmong(embeddings.id, erased)
      return [...(await former.ofNobody()), ...left.map((userId) => ({ userId, collections: [shards.keyOf(embeddings.id, userId)] }))]
    },

    /** Takes the numbers of what was removed out of the vector store's files; those of a server are its operator's. */
    renewCollections: () => renewCollections({ vectors, tables: [rows, turns], shards }, embeddings.id),

    /** In the background: moves what versions before stored, and gives a vector of the present encoder to what has none. Returns how many. */
    async catchUp(): Promise<number> {
      const moved = await former.moveSome()
      return moved + (await ofFacts.catchUp()) + (await kept.catchUp())
    },
  }
}

function refuseSecrets(text: string): void {
  const [secret] = secretsIn(text)
  if (secret) throw refusal('invalid_request.secret_memory', { kind: secret.kind })
}
