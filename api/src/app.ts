import { setTimeout as wait } from 'node:timers/promises'
import type { Tool } from '#features/agent/index.ts'
import { registerHealth } from '#http/health.ts'
import { registerMetrics } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { type Log, createLog } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import type { Config } from './config.ts'
import { createFeatures, type Features, isAlone } from './create-features.ts'
import { createUpkeep, type Upkeep } from './create-upkeep.ts'
import { openModelSource } from './model-source.ts'
import { openPorts, type Ports } from './open-ports.ts'
import { registerEdges } from './register-edges.ts'

export type AppOptions = { onProgress?: (line: string) => void; log?: Log; replace?: Partial<Ports>; furtherTools?: Tool[] }

/** The composition root: config → ports → features → server and worker. What is opened here is closed in reverse order. */
export async function createApp(
  config: Config,
  { onProgress = () => {}, log = createLog(config.logLevel), replace = {}, furtherTools = [] }: AppOptions = {},
) {
  await using stack = new AsyncDisposableStack()
  const source = stack.use(openModelSource(config, log))
  const ports = stack.use(await openPorts(config, source.table(), { onProgress, log, replace }))
  const features = stack.use(await createFeatures(config, source, ports, { log, furtherTools }))
  const { accounts, agent, audit, runs, subscriptions } = features

  stack.use(audit.startLinker(log))

  const upkeep = createUpkeep(ports, features, log)
  stack.use(upkeep.startWorkspaces())

  const state = { stopping: false }
  const server = await createServer({
    log,
    authenticate: accounts.authenticate,
    operator: { token: config.metricsToken, open: config.isLocal },
    allowedOrigins: config.allowedOrigins,
    https: config.secureCookies,
    trustProxy: config.trustProxy,
    version,
  })
  stack.defer(() => server.close())
  registerHealth(server, ports.checks, () => state.stopping)
  const sockets = config.roles.includes('api') ? await registerEdges(server, { config, ports, features, log }) : undefined
  const worker = config.roles.includes('worker') ? stack.use(await startWork(config, features, upkeep)) : undefined
  registerMetrics(server, {
    gauges: {
      active_runs: { help: 'Runs at work in this process', read: () => worker?.activeRuns() ?? 0 },
      waiting_runs: { help: 'Runs in line, over all processes', read: runs.waitingRuns },
      backup_age_seconds: {
        help: 'How old the newest backup is that was read back whole; +Inf when there is none',
        read: async () => (await features.backup.state()).last?.ageSeconds ?? Infinity,
      },
      backup_failures: {
        help: 'Attempts at a backup that failed since the newest whole one',
        read: async () => (await features.backup.state()).failures,
      },
      open_streams: { help: 'Sockets and event streams open in this process', read: () => (sockets?.openCount() ?? 0) + server.eventStreams.size },
    },
    labelled: {
      upkeep_removed: {
        help: 'Rows and things that the upkeep has removed since the first time',
        label: 'what',
        read: async () => (await upkeep.figures()).removed,
      },
      upkeep_last_success_seconds: {
        help: 'When each was last swept, as a Unix time',
        label: 'what',
        read: async () => (await upkeep.figures()).lastSuccess,
      },
      upkeep_duration_seconds: { help: 'How long its last sweep took', label: 'what', read: async () => (await upkeep.figures()).seconds },
    },
  })

  // Readiness fails first, then clients are told to come back, then runs are handed over and the engines stop.
  stack.defer(async () => {
    state.stopping = true
    await wait(config.drainSeconds * 1000)
    sockets?.closeAll()
  })
  const resources = stack.move()
  return {
    server,
    accounts,
    audit,
    database: ports.database,
    subscriptions,
    upkeep,
    async listen(): Promise<string> {
      await server.listen({ host: config.host, port: config.port })
      if (worker) agent.warm().catch((error: unknown) => log.error({ err: error }, 'warming up failed'))
      return config.publicUrl
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** What a process with the role `worker` does: runs, and the jobs of the features. */
async function startWork(config: Config, { backup, chat, erasure, runs }: Features, upkeep: Upkeep) {
  await using stack = new AsyncDisposableStack()
  const worker = stack.use(await runs.startWorker({ concurrency: config.runsAtOnce, alone: isAlone(config) }))
  chat.startJobs()
  stack.use(erasure.start())
  await upkeep.start()
  await backup.start()
  const resources = stack.move()
  return { activeRuns: worker.activeRuns, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
