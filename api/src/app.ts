import cluster from 'node:cluster'
import { setTimeout as wait } from 'node:timers/promises'
import type { Tool } from '#features/agent/index.ts'
import { registerHealth } from '#http/health.ts'
import { registerMetrics } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { type Log, createLog } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import { readMcpServers } from '#ports/mcp/index.ts'
import type { Config } from './config.ts'
import { createFeatures, type Features, isAlone } from './create-features.ts'
import { createUpkeep, type Upkeep } from './create-upkeep.ts'
import { identityTable } from './identity-table.ts'
import { openModelSource } from './model-source.ts'
import { gaugesOf } from './gauges.ts'
import { type OnProgress, openPorts, type Ports } from './open-ports.ts'
import { readOperatorFile } from './operator-file.ts'
import { scrapeAll, shareMetrics } from './process-metrics.ts'
import { registerEdges } from './register-edges.ts'

export type AppOptions = { onProgress?: OnProgress; log?: Log; replace?: Partial<Ports>; furtherTools?: Tool[]; passwordCost?: number }

/** The composition root: config → ports → features → server and worker. What is opened here is closed in reverse order. */
export async function createApp(
  config: Config,
  { onProgress = () => {}, log = createLog(config.logLevel), replace = {}, furtherTools = [], passwordCost }: AppOptions = {},
) {
  await using stack = new AsyncDisposableStack()
  const source = stack.use(openModelSource(config, log))
  // A fault in a file is known before an engine starts.
  const mcpServers = config.mcpServersFile ? readOperatorFile('MCP_SERVERS_FILE', config.mcpServersFile, readMcpServers) : []
  identityTable(config)
  const ports = stack.use(await openPorts(config, source.table(), { onProgress, log, replace }))
  const features = stack.use(await createFeatures(config, source, ports, { log, furtherTools, mcpServers, passwordCost }))
  const { accounts, agent, audit, files, subscriptions } = features

  if (config.firstAdmin && (await accounts.makeFirstAdmin(config.firstAdmin))) log.info('the first administrator was made, as ADMIN_EMAIL says')
  stack.use(audit.startLinker(log))

  const upkeep = createUpkeep(ports, features, log)
  stack.use(upkeep.startWorkspaces())

  const state = { stopping: false }
  const server = await createServer({
    log,
    authenticate: accounts.authenticate,
    authenticateDirectory: features.scim.tokens.authenticate,
    roleIn: features.organisations.roleIn,
    hold: ports.access.hold,
    operator: { token: config.metricsToken, open: config.isLocal },
    allowedOrigins: config.allowedOrigins,
    https: config.secureCookies,
    listens: config.voice !== 'off',
    trustProxy: config.trustProxy,
    tracing: ports.tracing,
    version,
  })
  stack.defer(() => server.close())
  registerHealth(server, ports.checks, () => state.stopping)
  const sockets = config.roles.includes('api') ? await registerEdges(server, { config, ports, features, log }) : undefined
  const worker = config.roles.includes('worker') ? stack.use(await startWork(config, features, upkeep)) : undefined
  const registry = registerMetrics(server, {
    ...gaugesOf({
      ports,
      features,
      upkeep,
      activeRuns: () => worker?.activeRuns() ?? 0,
      openStreams: () => (sockets?.openCount() ?? 0) + server.eventStreams.size,
    }),
    ...(cluster.isWorker && { scrape: scrapeAll }),
  })
  if (cluster.isWorker) shareMetrics(registry)

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
    files,
    database: ports.database,
    subscriptions,
    upkeep,
    /** Loads what the first answer would otherwise wait for. */
    warm: () => (worker ? agent.warm() : Promise.resolve()),
    async listen(): Promise<string> {
      await server.listen({ host: config.host, port: config.port, backlog })
      return config.publicUrl
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Who may wait to be taken in while the process is busy, bounded by the system's `net.core.somaxconn`. Node's 511 are less than come at nine. */
const backlog = 4096

/** What a process with the role `worker` does: runs, and the jobs of the features. */
async function startWork(
  config: Config,
  { accounts, backup, chat, erasure, files, imports, organisations, outbox, push, runs }: Features,
  upkeep: Upkeep,
) {
  await using stack = new AsyncDisposableStack()
  const worker = stack.use(await runs.startWorker({ concurrency: config.runsAtOnce, alone: isAlone(config) }))
  chat.startJobs()
  files.startJobs()
  imports.startJobs()
  push.startJobs()
  outbox.start((row) => (row.kind === 'member_invitation' ? organisations.compose(row) : accounts.compose(row)))
  stack.use(erasure.start())
  await upkeep.start()
  await backup.start()
  const resources = stack.move()
  return { activeRuns: worker.activeRuns, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
