import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Charge } from '#features/billing/index.ts'
import { accountRoutes, createAccounts, sessionRevoked } from '#features/accounts/index.ts'
import { calculator, clock, createAgent, createCircuit, type ModelUsage, webSearch } from '#features/agent/index.ts'
import { createAudit } from '#features/audit/index.ts'
import { billingRoutes, createBilling } from '#features/billing/index.ts'
import { chatFrames, chatRoutes, createChat } from '#features/chat/index.ts'
import { aguiRoutes } from '#features/gateway/index.ts'
import { createGuard } from '#features/guard/index.ts'
import { createMemory, memoryRoutes } from '#features/memory/index.ts'
import { createRouter, type ModelTable, openAiTable, practiceTable, readModelTable } from '#features/router/index.ts'
import { registerHealth } from '#http/health.ts'
import { registerIdempotency } from '#http/idempotency.ts'
import { registerMetrics } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { registerSocket } from '#http/socket.ts'
import { registerWebApp } from '#http/web-app.ts'
import { type Log, createLog } from '#lib/log.ts'
import { costMicroUsd } from '#lib/money.ts'
import { createIdempotencyStore } from '#ports/database/idempotency.ts'
import { keptSecret } from '#ports/database/kept-secret.ts'
import { createChatModel } from '#ports/models/chat-model.ts'
import { type Config, ConfigError } from './config.ts'
import { openPorts, type Ports } from './open-ports.ts'

export const version = '0.1.0'
const outputTokensMax = 4096
const sweepMs = 60_000
const webDirectory = fileURLToPath(new URL('../../web/dist', import.meta.url))

export type AppOptions = { onProgress?: (line: string) => void; log?: Log; replace?: Partial<Ports> }

/** The composition root: config → ports → features → server and worker. What is opened here is closed in reverse order. */
export async function createApp(config: Config, { onProgress = () => {}, log = createLog(config.logLevel), replace = {} }: AppOptions = {}) {
  await using stack = new AsyncDisposableStack()
  const table = modelTable(config)
  const ports = stack.use(await openPorts(config, table, { onProgress, log, replace }))
  const { database, limits, signals, provider } = ports
  const priceOf = pricing(table)

  const audit = createAudit(database)
  const accounts = await createAccounts({
    db: database.db,
    signals,
    limits,
    audit: audit.record,
    jwtSecret: config.jwtSecret,
    accessTokenSeconds: config.accessTokenSeconds,
    registrationOpen: config.registrationOpen,
  })
  const billing = createBilling(database)
  const guard = createGuard()
  const router = createRouter(table, { practice: config.provider.kind === 'practice' })
  const memory = createMemory({
    vectors: ports.vectors,
    embeddings: ports.embeddings,
    secret: await keptSecret(database, 'memory-collections'),
    charge: (userId, inputTokens) => billing.charge(userId, [embeddingCharge(table, inputTokens)]),
  })
  const chatModels = new Map(
    table.models.map((model) => [
      model.id,
      createChatModel({ ...provider, model: model.id, maxOutputTokens: Math.min(model.outputTokensMax, outputTokensMax) }),
    ]),
  )
  const agent = createAgent({
    chatModel: (id) => chatModels.get(id)!,
    models: [...chatModels.keys()],
    tools: [webSearch(ports.search), calculator, clock],
    inspectToolOutput: (text) => guard.inspect(text, 'tool_output'),
    circuit: createCircuit(),
    log,
  })
  const chat = createChat({
    ...ports,
    db: database.db,
    agent,
    billing,
    guard,
    memory,
    router,
    log,
    current: accounts.current,
    priceOf,
    outputTokensMax,
    runsWaitingMax: config.runsWaitingMax,
  })

  const state = { stopping: false }
  const server = await createServer({
    log,
    authenticate: accounts.authenticate,
    allowedOrigins: config.allowedOrigins,
    https: config.secureCookies,
    trustProxy: config.trustProxy,
    version,
  })
  stack.defer(() => server.close())
  registerHealth(server, ports.checks, () => state.stopping)
  const sockets = config.roles.includes('api') ? await registerApi() : undefined
  const worker = config.roles.includes('worker')
    ? stack.use(await chat.startWorker({ concurrency: config.runsAtOnce, alone: config.databaseUrl === undefined && config.processes === 1 }))
    : undefined
  const sweeping = setInterval(() => void billing.releaseOrphans().catch((error: unknown) => log.error({ err: error }, 'sweeping failed')), sweepMs)
  stack.defer(() => clearInterval(sweeping))
  registerMetrics(server, {
    token: config.metricsToken,
    gauges: { active_runs: { help: 'Runs at work in this process', read: () => worker?.activeRuns() ?? 0 } },
  })

  async function registerApi() {
    registerIdempotency(server, createIdempotencyStore(database))
    const sockets = registerSocket(server, {
      authenticate: accounts.authenticate,
      user: accounts.me,
      handlers: chatFrames(chat),
      onSessionRevoked: (listener) => signals.subscribe(sessionRevoked, listener),
      log,
    })
    await server.register(
      accountRoutes({
        accounts,
        limits,
        secureCookies: config.secureCookies,
        instance: { version, practiceModel: config.provider.kind === 'practice', billing: false },
        erase: async (caller) => {
          await chat.forget(caller)
          await memory.forgetAll(caller.userId)
        },
        exportAll: async (caller) => ({
          user: await accounts.me(caller),
          sessions: await accounts.sessions(caller),
          conversations: await chat.conversations.exportAll(caller),
          memories: (await memory.list(caller.userId, { limit: 10_000 })).items,
          usage: await billing.usage(caller, { group: 'day', from: new Date(0).toISOString() }),
        }),
      }),
    )
    await server.register(chatRoutes({ chat, router, agent }))
    await server.register(aguiRoutes(chat))
    await server.register(memoryRoutes(memory))
    await server.register(billingRoutes({ billing, modelsOf: router.modelsOf, toolsOf: agent.toolsOf }))
    await registerWebApp(server, webDirectory)
    return sockets
  }

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
    database,
    async listen(): Promise<string> {
      await server.listen({ host: config.host, port: config.port })
      if (worker) agent.warm().catch((error: unknown) => log.error({ err: error }, 'warming up failed'))
      return config.publicUrl
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function modelTable(config: Config): ModelTable {
  if (!config.modelsFile) return config.provider.kind === 'practice' ? practiceTable : openAiTable
  try {
    return readModelTable(config.modelsFile)
  } catch (error) {
    throw new ConfigError((error as Error).message.split('\n').map((line) => `MODELS_FILE: ${line}`))
  }
}

function pricing(table: ModelTable) {
  const prices = new Map(table.models.map((model) => [model.id, model]))
  return (usage: ModelUsage): Charge => ({ ...usage, kind: 'answer', costMicroUsd: costMicroUsd(usage, prices.get(usage.model)!) })
}

function embeddingCharge({ embedding }: ModelTable, inputTokens: number): Charge {
  const price = { inputMicroUsdPerMillion: embedding?.inputMicroUsdPerMillion ?? 0, outputMicroUsdPerMillion: 0 }
  const tokens = { inputTokens, outputTokens: 0 }
  return { ...tokens, kind: 'embedding', model: embedding?.model ?? 'bundled', costMicroUsd: costMicroUsd(tokens, price) }
}
