import type { AdminHealth } from '@jarvis/contracts/admin-health.ts'
import { isNotNull, sql } from 'drizzle-orm'
import { version } from '#lib/version.ts'
import type { Database } from '#ports/database/index.ts'
import { sweeps } from '#ports/database/tables.ts'

export type HealthDeps = Pick<Database, 'db'> & {
  /** Each engine, asked now; bounded in time. */
  engines(): Promise<{ name: string; needed: boolean; ok: boolean }[]>
  runsWaiting(): Promise<number>
  /** By queue. */
  jobsWaiting(): Promise<Record<string, number>>
  backup(): Promise<AdminHealth['backup']>
  /** Models whose circuit is open in this process. */
  modelsLeftAlone(): string[]
}

/** How the installation is, for who runs it. A part that cannot be read is null, and hides no other. */
export function createHealth({ db, engines, runsWaiting, jobsWaiting, backup, modelsLeftAlone }: HealthDeps) {
  const orNull = async <Result>(ask: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await ask()
    } catch {
      return null
    }
  }
  const asked = sql`select current_setting('server_version') as version`
  const postgres = async (): Promise<string> => (await db.execute<{ version: string }>(asked)).rows[0]!.version
  async function failedSweeps() {
    const rows = await db.select().from(sweeps).where(isNotNull(sweeps.failure)).orderBy(sweeps.what)
    return rows.map(({ what, sweptAt }) => ({ what, lastAt: sweptAt?.toISOString() ?? null }))
  }

  return async function health(): Promise<AdminHealth> {
    const [states, waiting, jobs, saved, database, failed] = await Promise.all([
      engines(),
      orNull(runsWaiting),
      orNull(jobsWaiting),
      orNull(backup),
      orNull(postgres),
      orNull(failedSweeps),
    ])
    return {
      checkedAt: new Date().toISOString(),
      engines: states.map(({ name, needed, ok }) => ({ name, needed, up: ok })),
      runsWaiting: waiting,
      jobsWaiting: jobs && Object.entries(jobs).map(([queue, count]) => ({ queue, count })),
      backup: saved,
      modelsLeftAlone: modelsLeftAlone().toSorted(),
      failedSweeps: failed,
      versions: { jarvis: version, node: process.version.slice(1), postgres: database },
    }
  }
}
