import { setTimeout as wait } from 'node:timers/promises'
import type { Tool } from '#features/agent/index.ts'
import { registerHealth } from '#http/health.ts'
import { registerMetrics } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { type Log, createLog } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import type { Config } from './config.ts'
import { createFeatures, type Features, isAlone } from './create-features.ts'
import { modelTable } from './open-models.ts'
import { openPorts, type Ports } from './open-ports.ts'
import { personErased } from './outside-stores.ts'
import { registerEdges } from './register-edges.ts'

const sweepMs = 60_000

export type AppOptions = { onProgress?: (line: string) => void; log?: Log; replace?: Partial<Ports>; furtherTools?: Tool[] }

/** The composition root: config → ports → features → server and worker. What is opened here is closed in reverse order. */
export async function createApp(
  config: Config,
  { onProgress = () => {}, log = createLog(config.logLevel), replace = {}, furtherTools = [] }: AppOptions = {},
) {
  await using stack = new AsyncDisposableStack()
  const table = modelTable(config)
  const ports = stack.use(await openPorts(config, table, { onProgress, log, replace }))
  const features = stack.use(await createFeatures(config, table, ports, { log, furtherTools }))
  const { accounts, agent, audit, runs, subscriptions } = features

  stack.use(audit.startLinker(log))

  const state = { stopping: false }
  const server = await createServer({
    log,
    authenticate: accounts.authenticate,
    metricsToken: config.metricsToken,
    allowedOrigins: config.allowedOrigins,
    https: config.secureCookies,
    trustProxy: config.trustProxy,
    version,
  })
  stack.defer(() => server.close())
  registerHealth(server, ports.checks, () => state.stopping)
  const sockets = config.roles.includes('api') ? await registerEdges(server, { config, ports, features, log }) : undefined
  const worker = config.roles.includes('worker') ? stack.use(await startWork(config, ports, features)) : undefined
  stack.use(startSweeps(features, log))
  stack.defer(ports.signals.subscribe(personErased, (userId) => void removeWorkspace(ports, userId, log)))
  registerMetrics(server, {
    gauges: {
      active_runs: { help: 'Runs at work in this process', read: () => worker?.activeRuns() ?? 0 },
      waiting_runs: { help: 'Runs in line, over all processes', read: runs.waitingRuns },
      open_streams: { help: 'Sockets and event streams open in this process', read: () => (sockets?.openCount() ?? 0) + server.eventStreams.size },
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
    async listen(): Promise<string> {
      await server.listen({ host: config.host, port: config.port })
      if (worker) agent.warm().catch((error: unknown) => log.error({ err: error }, 'warming up failed'))
      return config.publicUrl
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** What a process with the role `worker` does: runs, and the jobs of the features. */
async function startWork(config: Config, { jobs }: Ports, { chat, erasure, runs, subscriptions }: Features) {
  await using stack = new AsyncDisposableStack()
  const worker = stack.use(await runs.startWorker({ concurrency: config.runsAtOnce, alone: isAlone(config) }))
  chat.startJobs()
  stack.use(subscriptions.startUpkeep(jobs))
  stack.use(erasure.start())
  const resources = stack.move()
  return { activeRuns: worker.activeRuns, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

const removeWorkspace = ({ sandbox }: Ports, userId: string, log: Log) =>
  sandbox?.remove(userId).catch((error: unknown) => log.error({ err: error }, 'a workspace could not be removed'))

function startSweeps({ billing, screenshots }: Features, log: Log): Disposable {
  const sweep = () => Promise.all([billing.settleOrphans(), screenshots.sweep()])
  const sweeping = setInterval(() => void sweep().catch((error: unknown) => log.error({ err: error }, 'sweeping failed')), sweepMs)
  return { [Symbol.dispose]: () => clearInterval(sweeping) }
}
