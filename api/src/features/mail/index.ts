import { and, eq, lt, lte, sql } from 'drizzle-orm'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { letters } from '#ports/database/tables.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import { type Letter, LetterRefused, type Mail } from '#ports/mail/index.ts'

export { letterOf, type Words } from './letter.ts'
export { type Voice, voiceOf } from './voice.ts'

export type LetterRow = typeof letters.$inferSelect
/**
 * `userId` is whom it is about; null where that is found out when it is sent, or there is nobody yet. `params` hold no secret. `language`: what the
 * browser that asked for it wants, for who has chosen none.
 */
export type Ordered = { kind: string; userId: string | null; address: string; params?: Record<string, string>; language?: string | undefined }
/** What is sent of a letter, made when it is sent; null where there is nothing to send any more. */
export type Compose = (row: LetterRow) => Promise<Omit<Letter, 'to'> | null>

export type OutboxDeps = Pick<Database, 'db'> & { jobs: Pick<Jobs, 'add' | 'work'>; mail: Pick<Mail, 'isDelivered' | 'send'>; log: Log }
export type Outbox = ReturnType<typeof createOutbox>

const queue = 'letters'
/** By then the process that wrote it has asked for it to be sent, or has died. */
const overdueSeconds = 60

/**
 * Letters that go out behind the acts that they are about: written in the act's transaction, sent by a job, tried again while the server is
 * away. Nobody waits for a mail server. A letter may arrive twice, never not at all while the server takes it within a day.
 */
export function createOutbox({ db, jobs, mail, log }: OutboxDeps) {
  const askFor = (id: string) => jobs.add(queue, { letterId: id }, { owner: 'installation', id: `letter-${id}` })

  async function deliver(id: string, compose: Compose, signal: AbortSignal): Promise<void> {
    const [row] = await db.select().from(letters).where(eq(letters.id, id))
    if (!row) return
    const letter = await compose(row)
    try {
      if (letter) await mail.send({ ...letter, to: row.address }, signal)
    } catch (error) {
      if (!(error instanceof LetterRefused)) throw error
      log.warn({ err: error, kind: row.kind }, 'a letter was refused')
    }
    await db.delete(letters).where(eq(letters.id, id))
  }

  return {
    isDelivered: mail.isDelivered,

    /** Part of an act. Returns the id for `send`, after the commit. */
    async post(tx: Pick<Transaction, 'insert'>, { kind, userId, address, params = {}, language }: Ordered): Promise<string> {
      const id = newId()
      // Left to the sweep, should the process that wrote it die before it asks.
      await tx.insert(letters).values({
        id,
        kind,
        userId,
        address,
        params: { ...params, ...(language && { language }) },
        dueAt: sql`now() + make_interval(secs => ${overdueSeconds})`,
      })
      return id
    },

    /** Nobody waits for it: should the queue be away, the sweep asks again. */
    send(...ids: (string | null | undefined)[]): void {
      for (const id of ids) if (id) askFor(id).catch((error: unknown) => log.warn({ err: error }, 'a letter waits for the queue'))
    },

    /** Asks for what nobody has asked for. A job that is there already is not doubled. */
    async sweep(): Promise<void> {
      const overdue = await db
        .select({ id: letters.id })
        .from(letters)
        .where(lte(letters.dueAt, sql`now()`))
        .orderBy(letters.dueAt)
        .limit(200)
      for (const { id } of overdue) {
        await askFor(id)
        await db
          .update(letters)
          .set({ dueAt: sql`now() + interval '10 minutes'` })
          .where(and(eq(letters.id, id), lt(letters.dueAt, sql`now()`)))
      }
    },

    /** What waits for this address goes with the person who had it. */
    dropFor: async (tx: Transaction, address: string): Promise<void> => void (await tx.delete(letters).where(eq(letters.address, address))),

    start(compose: Compose): void {
      jobs.work(queue, (payload, _owner, signal) => deliver((payload as { letterId: string }).letterId, compose, signal))
    },
  }
}
