import { checkEngine } from '#http/health.ts'
import type { GaugeSource, LabelledSource } from '#http/metrics.ts'
import type { Features } from './create-features.ts'
import type { Upkeep } from './create-upkeep.ts'
import type { openPorts } from './open-ports.ts'

type GaugesDeps = {
  ports: Awaited<ReturnType<typeof openPorts>>
  features: Pick<Features, 'backup' | 'runs'>
  upkeep: Upkeep
  activeRuns(): number
  openStreams(): number
}

/** What is so now, read at each scrape. Counters are in lib/meters.ts. */
export function gaugesOf({ ports, features: { backup, runs }, upkeep, activeRuns, openStreams }: GaugesDeps) {
  const { pool } = ports.database
  const gauges: Record<string, GaugeSource> = {
    active_runs: { help: 'Runs at work', over: 'sum', read: activeRuns },
    waiting_runs: { help: 'Runs in line, over all processes of the installation', over: 'max', read: runs.waitingRuns },
    open_streams: { help: 'Sockets and event streams that are open', over: 'sum', read: openStreams },
    backup_age_seconds: {
      help: 'How old the newest backup is that was read back whole; +Inf when there is none',
      over: 'min',
      read: async () => (await backup.state()).last?.ageSeconds ?? Infinity,
    },
    backup_failures: {
      help: 'Attempts at a backup that failed since the newest whole one',
      over: 'max',
      read: async () => (await backup.state()).failures,
    },
  }
  const labelled: Record<string, LabelledSource> = {
    // Read first: what the others ask of the database at a scrape waits for a moment itself.
    database_pool: {
      help: 'Connections to the database by state, and requests that wait for one',
      label: 'state',
      over: 'sum',
      read: async () => ({ busy: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    },
    engine_up: {
      help: '1 while the engine answers',
      label: 'engine',
      over: 'min',
      read: async () => Object.fromEntries((await Promise.all(ports.checks.map(checkEngine))).map(({ name, ok }) => [name, ok ? 1 : 0])),
    },
    jobs_waiting: {
      help: 'Background jobs that wait, over all processes of the installation',
      label: 'queue',
      over: 'max',
      read: () => ports.jobs.waiting(),
    },
    upkeep_removed: {
      help: 'Rows and things that the upkeep has removed since the first time',
      label: 'what',
      over: 'max',
      read: async () => (await upkeep.figures()).removed,
    },
    upkeep_last_success_seconds: {
      help: 'When each was last swept, as a Unix time',
      label: 'what',
      over: 'max',
      read: async () => (await upkeep.figures()).lastSuccess,
    },
    upkeep_duration_seconds: { help: 'How long its last sweep took', label: 'what', over: 'max', read: async () => (await upkeep.figures()).seconds },
  }
  return { gauges, labelled }
}
