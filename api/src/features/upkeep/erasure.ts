import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Origin } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { within } from '#lib/within.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { erasures, erasureSteps } from '#ports/database/tables.ts'
import { certificates, countRows } from './certificate.ts'

/** A store outside of the database that holds something of people. */
export type OutsideStore = {
  name: string
  /** What to remove there, by names that the store knows; read in the transaction that deletes the person's rows, before it does. */
  keysOf(tx: Transaction, userId: string): Promise<string[]>
  /** Done twice it changes nothing. */
  erase(keys: string[], signal: AbortSignal): Promise<unknown>
}

/** `actorId` where somebody else does it, an administrator. */
export type ErasedBy = { actorId?: string; origin?: Origin; source?: string }
export type ErasureDeps = Pick<Database, 'db'> & {
  stores: OutsideStore[]
  /** Refuses every further use of the account, together with what `write` writes. @throws conflict for the last administrator */
  close(userId: string, by: ErasedBy, write: (tx: Transaction) => Promise<void>): Promise<void>
  /** Ends what runs for this person, or asks it to end; waits for it some seconds. */
  stopRuns(userId: string): Promise<void>
  /** Deletes the person, and by cascade their rows. */
  deleteRows(tx: Transaction, userId: string): Promise<void>
  log: Log
}

const lookMs = 1000
/** Who asks hears by then that it goes on. */
const answerMsMax = 4000
/** Of rows, and of each store: who takes it has it for so long. */
const stepSeconds = 15
const retrySecondsMax = 20
const atOnceMax = 20
const claim = sql`now() + make_interval(secs => ${stepSeconds + 5})`

/** `due` says who takes it on: this process, or the next that looks. */
export async function writeTombstone(tx: Transaction, userId: string, due: 'here' | 'now'): Promise<void> {
  await tx
    .insert(erasures)
    .values({ userId, nextAttemptAt: due === 'now' ? sql`now()` : claim })
    .onConflictDoNothing()
}

/**
 * Erases a person: the tombstone is written together with the refusal of new work; then runs are stopped, the rows deleted, and what is left in
 * each store outside is removed, each for itself, until that succeeds. Every step is a row, so that any process goes on after any crash.
 */
export function createErasure({ db, stores, close, stopRuns, deleteRows, log }: ErasureDeps) {
  const storeOf = new Map(stores.map((store) => [store.name, store]))

  async function removeRows(userId: string): Promise<void> {
    await stopRuns(userId)
    await db.transaction(async (tx) => {
      const mine = and(eq(erasures.userId, userId), isNull(erasures.rowsGoneAt))
      const [due] = await tx.select({ userId: erasures.userId }).from(erasures).where(mine).for('update')
      if (!due) return
      for (const store of stores) {
        const keys = await store.keysOf(tx, userId)
        if (keys.length > 0) await tx.insert(erasureSteps).values({ userId, store: store.name, keys }).onConflictDoNothing()
      }
      const removed = await countRows(tx, userId)
      await deleteRows(tx, userId)
      await tx
        .update(erasures)
        .set({ rowsGoneAt: sql`now()`, removed })
        .where(eq(erasures.userId, userId))
    })
  }

  type Step = typeof erasureSteps.$inferSelect

  async function claimSteps(userId: string | null): Promise<Step[]> {
    const { rows } = await db.execute<Pick<Step, 'store' | 'keys' | 'attempts'> & { user_id: string }>(sql`
      update ${erasureSteps} set attempts = attempts + 1, next_attempt_at = ${claim}
      where (user_id, store) in (
        select user_id, store from ${erasureSteps} where next_attempt_at <= now() and (${userId}::uuid is null or user_id = ${userId})
        order by next_attempt_at limit ${atOnceMax} for update skip locked)
      returning user_id, store, keys, attempts`)
    return rows.map(({ user_id: userId, ...step }) => ({ ...step, userId, nextAttemptAt: new Date() }))
  }

  async function take(step: Step): Promise<void> {
    const { userId, store: name, keys, attempts } = step
    // A step that was opened again meanwhile has another number.
    const mine = and(eq(erasureSteps.userId, userId), eq(erasureSteps.store, name), eq(erasureSteps.attempts, attempts))
    try {
      const store = storeOf.get(name)
      if (!store) throw new Error(`This version knows no store ${name}`)
      // The deadline holds also where the store does not listen to its signal.
      await within(stepSeconds * 1000, store.erase(keys, AbortSignal.timeout(stepSeconds * 1000)))
    } catch (error) {
      log.warn({ err: error, store: name, attempts }, 'an erasure waits for a store')
      const nextAttemptAt = sql`now() + make_interval(secs => ${Math.min(2 ** attempts, retrySecondsMax)})`
      await db.update(erasureSteps).set({ nextAttemptAt }).where(mine)
      return
    }
    await db.transaction(async (tx) => {
      const gone = await tx.delete(erasureSteps).where(mine).returning({ store: erasureSteps.store })
      const removed = JSON.stringify([{ where: `store: ${name}`, count: keys.length }])
      if (gone.length > 0) await tx.execute(sql`update ${erasures} set removed = removed || ${removed}::jsonb where user_id = ${userId}`)
    })
    await finishIfDone(userId)
  }

  async function finishIfDone(userId: string): Promise<boolean> {
    const { rowCount } = await db.execute(sql`
      update ${erasures} set finished_at = coalesce(finished_at, now())
      where user_id = ${userId} and rows_gone_at is not null and not exists (select from ${erasureSteps} s where s.user_id = ${userId})`)
    return rowCount === 1
  }

  const takeSteps = async (userId: string | null) => void (await Promise.all((await claimSteps(userId)).map(take)))

  /** Takes what is due, from every process. */
  async function work(): Promise<void> {
    const { rows } = await db.execute<{ user_id: string }>(sql`
      update ${erasures} set next_attempt_at = ${claim}
      where user_id in (select user_id from ${erasures} where rows_gone_at is null and next_attempt_at <= now() limit ${atOnceMax} for update skip locked)
      returning user_id`)
    await Promise.all(rows.map(({ user_id: userId }) => removeRows(userId)))
    await takeSteps(null)
  }

  /** What comes after the tombstone, now. */
  async function follow(userId: string): Promise<boolean> {
    await removeRows(userId)
    await takeSteps(userId)
    return finishIfDone(userId)
  }

  return {
    work,

    certificates: () => certificates({ db }),

    /** Returns whether nothing is left to do. What is left, or takes long, goes on without the caller. @throws conflict */
    async erase(userId: string, by: ErasedBy): Promise<boolean> {
      await close(userId, by, (tx) => writeTombstone(tx, userId, 'here'))
      const isDone = follow(userId).catch((error: unknown) => {
        log.error({ err: error }, 'an erasure waits')
        return false
      })
      return await within(answerMsMax, isDone).catch(() => false)
    },

    /** For who wrote to a store and then found the owner gone: what was written is removed like all else of that person. */
    async reopen(userId: string, store: string, keys: string[]): Promise<void> {
      await db.transaction(async (tx) => {
        const gone = { userId, rowsGoneAt: sql`now()` }
        await tx
          .insert(erasures)
          .values(gone)
          .onConflictDoUpdate({ target: erasures.userId, set: { finishedAt: null } })
        await tx.execute(sql`
          insert into ${erasureSteps} (user_id, store, keys) values (${userId}, ${store}, ${JSON.stringify(keys)}::jsonb)
          on conflict (user_id, store) do update set next_attempt_at = now(), attempts = ${erasureSteps.attempts} + 1,
            keys = (select jsonb_agg(distinct key) from jsonb_array_elements(${erasureSteps.keys} || excluded.keys) as t(key))`)
      })
    },

    /** Goes on with every erasure that is due, in this process, until it is disposed of. */
    start(): AsyncDisposable {
      let round: Promise<void> = Promise.resolve()
      let timer: NodeJS.Timeout | undefined
      const rest = () => {
        timer = setTimeout(() => {
          round = work()
            .catch((error: unknown) => log.error({ err: error }, 'going on with erasures failed'))
            .then(() => (timer ? rest() : undefined))
        }, lookMs)
      }
      rest()
      return {
        async [Symbol.asyncDispose]() {
          clearTimeout(timer)
          timer = undefined
          await round
        },
      }
    },
  }
}
