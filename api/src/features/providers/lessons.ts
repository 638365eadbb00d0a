import type { ModelLesson } from '@jarvis/contracts/admin-models.ts'
import { asc, eq, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { modelLessons } from '#ports/database/tables.ts'
import type { Lessons } from '#ports/models/chat-models.ts'
import type { Dialect } from '#ports/models/index.ts'

type Row = typeof modelLessons.$inferSelect
type LessonsDeps = Pick<Database, 'db'> & { log: Pick<Log, 'warn'>; changed(): void }

/** What refusals of providers taught, shared by all processes and kept over restarts, until an administrator forgets it. */
export async function createLessons({ db, log, changed }: LessonsDeps) {
  let rows: ReadonlyMap<string, Row> = new Map()
  /** Learned here, and not stored yet. */
  const fresh = new Map<string, Partial<Dialect>>()
  await read()

  async function read(): Promise<void> {
    const all = await db.select().from(modelLessons).orderBy(asc(modelLessons.learnedAt))
    rows = new Map(all.map((row) => [row.place, row]))
  }

  async function keep(place: string, lesson: Partial<Dialect>): Promise<void> {
    try {
      const merged = sql`${modelLessons.lesson} || excluded.lesson`
      await db
        .insert(modelLessons)
        .values({ place, id: newId(), lesson })
        .onConflictDoUpdate({ target: modelLessons.place, set: { lesson: merged, learnedAt: sql`now()` } })
      await read()
      fresh.delete(place)
      changed()
    } catch (error) {
      log.warn({ err: error, place }, 'what a refusal taught is known to this process alone')
    }
  }

  const of: Lessons = {
    get(place) {
      const [stored, own] = [rows.get(place)?.lesson, fresh.get(place)]
      return stored || own ? { ...stored, ...own } : undefined
    },
    learn(place, lesson) {
      fresh.set(place, { ...fresh.get(place), ...lesson })
      void keep(place, lesson)
    },
  }

  return {
    of,
    read,
    list: (): ModelLesson[] => [...rows.values()].map(toLesson),

    /** Returns where it was learned. @throws not_found */
    async forget(tx: Transaction, id: string): Promise<Row> {
      const [row] = await tx.delete(modelLessons).where(eq(modelLessons.id, id)).returning()
      if (!row) throw new AppError('not_found', 'There is no such lesson.')
      return row
    },
  }
}

function toLesson({ id, place, lesson, learnedAt }: Row): ModelLesson {
  const [, baseUrl = '', ...name] = place.split(' ')
  return { id, baseUrl, model: name.join(' '), lesson, learnedAt: learnedAt.toISOString() }
}
