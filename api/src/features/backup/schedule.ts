import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import type { Jobs, When } from '#ports/jobs/index.ts'
import { AnotherBackupError, type Stores } from './back-up.ts'
import type { Backups } from './backups.ts'
import { backupState, recordBackup } from './records.ts'

type ScheduleDeps = Pick<Database, 'db'> & {
  jobs: Jobs
  stores: Pick<Stores, 'pool' | 'vectors' | 'blobs'>
  /** Null: none are made by themselves. */
  scheduled: { backups: Backups; when: When } | null
  version: string
  log: Log
}

const job = 'backup'
const again = 'backup-again'
/** After a failure; what keeps failing is said by metrics and to the administrator. */
const againMs = 15 * 60_000
/** A new installation does not wait for its first backup, but is left to start. */
const firstMs = 60_000

/** Backups by themselves: one job over all processes at its times. How each ended is kept. */
export function createBackupSchedule({ db, jobs, stores, scheduled, version, log }: ScheduleDeps) {
  const soon = (ms: number) => jobs.schedule(again, { at: new Date(Date.now() + ms) }, { name: job, payload: null, owner: 'installation' })

  /** Never rejects, but when this process stops: then another one takes the job. */
  async function make(backups: Backups, signal?: AbortSignal): Promise<void> {
    const beganAt = new Date()
    const since = performance.now()
    const tookMs = () => Math.round(performance.now() - since)
    try {
      const made = await backups.make(stores, version, signal)
      await recordBackup(db, { ...made, tookMs: tookMs() })
      await jobs.unschedule(again)
      log.info({ backup: made.name, bytes: made.bytes, rows: made.rows, tookMs: tookMs() }, 'backup made')
    } catch (error) {
      if (signal?.aborted) throw error
      // How that one goes it says itself; it may be of an operator, to another place.
      if (error instanceof AnotherBackupError) return await soon(againMs)
      log.error({ err: error }, 'a backup failed')
      const failure = (error as Error).message.split('\n', 1)[0]!.slice(0, 500)
      await recordBackup(db, { name: `failed at ${beganAt.toISOString()}`, beganAt, tookMs: tookMs(), failure })
      await soon(againMs)
    }
  }

  return {
    make: async () => scheduled && (await make(scheduled.backups)),
    state: () => backupState(db),

    async figures() {
      const { last, failures, failure } = await backupState(db)
      return {
        isScheduled: scheduled !== null,
        lastAt: last?.at.toISOString() ?? null,
        lastBytes: last?.bytes ?? null,
        failures,
        failure: failure?.reason ?? null,
      }
    },

    /** In processes that work on jobs. */
    async start(): Promise<void> {
      if (!scheduled) {
        await jobs.unschedule(job)
        return await jobs.unschedule(again)
      }
      const { backups, when } = scheduled
      jobs.work(job, (_payload, _owner, signal) => make(backups, signal))
      await jobs.schedule(job, when, { name: job, payload: null, owner: 'installation' })
      if ((await backupState(db)).last === null) await soon(firstMs)
    },
  }
}
