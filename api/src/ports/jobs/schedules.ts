import { Cron } from 'croner'
import { asc, eq, lte, sql } from 'drizzle-orm'
import type { Database } from '#ports/database/index.ts'
import { schedules } from '#ports/database/tables.ts'
import type { Jobs } from './index.ts'

type Schedule = typeof schedules.$inferSelect
type Timing = Pick<Schedule, 'everySeconds' | 'cron' | 'zone'>

const dueMax = 50
const lookMs = 1000

/** The table `schedules`: which jobs are due when. One process at a time takes a row that is due, and moves it on together with adding its job. */
export function createSchedules({ db }: Pick<Database, 'db'>, add: Jobs['add'], onError: (error: unknown) => void) {
  let looking: NodeJS.Timeout | undefined
  let look: Promise<unknown> = Promise.resolve()

  /** A job is added before its row moves: should the latter fail, the same id is added again, and that is once. */
  async function addDue(): Promise<void> {
    const due = await db.transaction(async (tx) => {
      const rows = await tx
        .select({ row: schedules, now: sql`now()`.mapWith(schedules.nextAt) })
        .from(schedules)
        .where(lte(schedules.nextAt, sql`now()`))
        .orderBy(asc(schedules.nextAt))
        .limit(dueMax)
        .for('update', { skipLocked: true })
      for (const { row, now } of rows) {
        const owner = row.userId === null ? 'installation' : { userId: row.userId }
        await add(row.job, row.payload, { owner, id: `${row.id}-${row.nextAt.getTime()}` })
        const nextAt = nextAfter(row, row.nextAt, now)
        if (nextAt) await tx.update(schedules).set({ nextAt }).where(eq(schedules.id, row.id))
        else await tx.delete(schedules).where(eq(schedules.id, row.id))
      }
      return rows.length
    })
    if (due === dueMax) await addDue()
  }

  function lookAgain(): void {
    looking = setTimeout(() => {
      look = addDue()
        .catch(onError)
        .finally(() => looking && lookAgain())
    }, lookMs)
  }

  return {
    start() {
      if (!looking) lookAgain()
    },

    async schedule(...[id, when, { name, payload, owner }]: Parameters<Jobs['schedule']>): Promise<void> {
      const timing: Timing = {
        everySeconds: 'everySeconds' in when ? when.everySeconds : null,
        cron: 'cron' in when ? when.cron : null,
        zone: 'cron' in when ? when.zone : null,
      }
      const nextAt = 'at' in when ? when.at : nextAfter(timing, new Date(), new Date())
      if (!nextAt) throw new TypeError(`No time comes from ${JSON.stringify(when)}.`)
      const values = { ...timing, job: name, payload, userId: owner === 'installation' ? null : owner.userId, nextAt }
      const isSame = sql`(${schedules.everySeconds}, ${schedules.cron}, ${schedules.zone}) is not distinct from (excluded.every_seconds, excluded.cron, excluded.zone)`
      const kept = 'at' in when ? sql`excluded.next_at` : sql`case when ${isSame} then ${schedules.nextAt} else excluded.next_at end`
      await db
        .insert(schedules)
        .values({ id, ...values })
        .onConflictDoUpdate({ target: schedules.id, set: { ...values, nextAt: kept } })
    },

    async unschedule(id: string): Promise<void> {
      await db.delete(schedules).where(eq(schedules.id, id))
    },

    async stop(): Promise<void> {
      clearTimeout(looking)
      looking = undefined
      await look
    },
  }
}

/** Null when there is none. Times that have passed by `now` are not made up for one by one. @throws TypeError */
export function nextAfter({ everySeconds, cron, zone }: Timing, last: Date, now: Date): Date | null {
  if (everySeconds !== null) {
    if (!(everySeconds >= 1)) throw new TypeError(`Not a number of seconds: ${everySeconds}`)
    const passed = Math.max(0, Math.floor((now.getTime() - last.getTime()) / (everySeconds * 1000)))
    return new Date(last.getTime() + (passed + 1) * everySeconds * 1000)
  }
  if (cron === null) return null
  try {
    return new Cron(cron, { timezone: zone ?? 'UTC', mode: '5-part', paused: true }).nextRun(now)
  } catch (cause) {
    throw new TypeError(`Not a cron pattern in a time zone: ${cron} ${zone}`, { cause })
  }
}
