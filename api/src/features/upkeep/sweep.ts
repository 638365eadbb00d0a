import { isNotNull, sql } from 'drizzle-orm'
import { sayError } from '#lib/describe-error.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { sweeps } from '#ports/database/tables.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import type { Kept } from './retention.ts'

const rowsPerBatch = 1000

/** Something that is swept by a function of its owner. Returns how much it removed, where it counts. */
export type SweepTask = { what: string; sweep(): Promise<number | void> }
export type SweepDeps = Pick<Database, 'db'> & { jobs: Jobs; retention: Kept[]; tasks: Record<Pace, SweepTask[]>; log: Log }
type Pace = 'each minute' | 'hourly' | 'nightly'

const times = {
  'each minute': { everySeconds: 60 },
  hourly: { everySeconds: 3600 },
  nightly: { cron: '17 3 * * *', zone: 'UTC' },
} as const

/** Removes what has had its time: one job a pace, over all processes, in batches. What it did stands in the table `sweeps`. */
export function createSweep({ db, jobs, retention, tasks, log }: SweepDeps) {
  async function sweepRows({ what, old }: Kept): Promise<number> {
    const table = sql.identifier(what)
    for (let removed = 0; ;) {
      const batch = await db.execute(sql`delete from ${table} where ctid in (select ctid from ${table} where ${old} limit ${rowsPerBatch})`)
      removed += batch.rowCount ?? 0
      if ((batch.rowCount ?? 0) < rowsPerBatch) return removed
    }
  }

  /** What fails is noted, and does not hold up the others. */
  async function note({ what, sweep }: SweepTask): Promise<void> {
    const since = performance.now()
    let [removed, failure]: [number, string | null] = [0, null]
    try {
      removed = (await sweep()) ?? 0
    } catch (error) {
      log.error({ err: error, what }, 'sweeping failed')
      failure = sayError(error).slice(0, 500)
    }
    const done = { tookMs: Math.round(performance.now() - since), failure, ...(failure === null && { sweptAt: sql`now()` }) }
    await db
      .insert(sweeps)
      .values({ what, removed, ...done })
      .onConflictDoUpdate({ target: sweeps.what, set: { ...done, removed: sql`${sweeps.removed} + ${removed}` } })
  }

  /** What failed at night is tried again each hour, so that a day is enough for it. */
  async function failedByNight(): Promise<SweepTask[]> {
    const failed = await db.select({ what: sweeps.what }).from(sweeps).where(isNotNull(sweeps.failure))
    return tasks.nightly.filter(({ what }) => failed.some((row) => row.what === what))
  }

  async function sweep(pace: Pace): Promise<void> {
    const rows = retention.filter(({ swept }) => swept === pace).map((line) => ({ what: line.what, sweep: () => sweepRows(line) }))
    for (const task of [...rows, ...tasks[pace], ...(pace === 'hourly' ? await failedByNight() : [])]) await note(task)
  }

  return {
    sweep,

    async start(): Promise<void> {
      for (const pace of Object.keys(times) as Pace[]) {
        const id = `sweep-${pace.replace(' ', '-')}`
        jobs.work(id, () => sweep(pace))
        await jobs.schedule(id, times[pace], { name: id, payload: null, owner: 'installation' })
      }
    },

    /** For metrics: by what is swept. */
    async figures() {
      const rows = await db.select().from(sweeps)
      const of = (value: (row: (typeof rows)[number]) => number) => Object.fromEntries(rows.map((row) => [row.what, value(row)]))
      return {
        removed: of((row) => row.removed),
        lastSuccess: of((row) => (row.sweptAt?.getTime() ?? 0) / 1000),
        seconds: of((row) => row.tookMs / 1000),
      }
    },
  }
}
