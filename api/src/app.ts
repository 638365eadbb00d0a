import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { accountRoutes } from '#features/accounts/edge.ts'
import { createAccounts, sessionRevoked, userChanged } from '#features/accounts/index.ts'
import { adminRoutes } from '#features/admin/edge.ts'
import { createAdmin } from '#features/admin/index.ts'
import { screenshotRoutes, toolRoutes } from '#features/agent/edge.ts'
import { createAgent, createCircuit, createPolicies, type Tool } from '#features/agent/index.ts'
import {
  browserTools,
  calculator,
  clock,
  createScreenshotStore,
  openMcpTools,
  readGrammar,
  screenshotUrl,
  systemCommand,
  webSearch,
} from '#features/agent/tools/index.ts'
import { createAudit } from '#features/audit/index.ts'
import { billingRoutes, subscriptionRoutes } from '#features/billing/edge.ts'
import { type Billing, charge, createBilling, createSubscriptions } from '#features/billing/index.ts'
import { chatFrames, chatRoutes, createChat } from '#features/chat/index.ts'
import { aguiRoutes, mcpRoutes } from '#features/gateway/index.ts'
import { createGuard } from '#features/guard/index.ts'
import { memoryRoutes } from '#features/memory/edge.ts'
import { createMemory, keptSecret, type MemoryDeps } from '#features/memory/index.ts'
import { modelRoutes } from '#features/router/edge.ts'
import { createRouter, type ModelTable, openAiTable, practiceTable, readModelTable } from '#features/router/index.ts'
import { registerHealth } from '#http/health.ts'
import { createIdempotencyStore } from '#http/idempotency-store.ts'
import { registerIdempotency } from '#http/idempotency.ts'
import { registerMetrics } from '#http/metrics.ts'
import { admit } from '#http/rate-limit.ts'
import { createServer } from '#http/server.ts'
import { registerSocket } from '#http/socket.ts'
import { registerWebApp } from '#http/web-app.ts'
import { type Log, createLog } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import { planWindows } from '#ports/limits/rate-limit.ts'
import { readMcpServers } from '#ports/mcp/index.ts'
import { createChatModel } from '#ports/models/chat-model.ts'
import { type Config, ConfigError } from './config.ts'
import { openPorts, type Ports } from './open-ports.ts'

const outputTokensMax = 4096
const sweepMs = 60_000
const webDirectory = fileURLToPath(new URL('../../web/dist', import.meta.url))

export type AppOptions = { onProgress?: (line: string) => void; log?: Log; replace?: Partial<Ports>; furtherTools?: Tool[] }

/** The composition root: config → ports → features → server and worker. What is opened here is closed in reverse order. */
export async function createApp(
  config: Config,
  { onProgress = () => {}, log = createLog(config.logLevel), replace = {}, furtherTools = [] }: AppOptions = {},
) {
  await using stack = new AsyncDisposableStack()
  const table = modelTable(config)
  const ports = stack.use(await openPorts(config, table, { onProgress, log, replace }))
  const { database, limits, signals, provider } = ports
  const models = new Map(table.models.map((model) => [model.id, { ...model, outputTokensMax: Math.min(model.outputTokensMax, outputTokensMax) }]))

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
  // An answer may go on that a model began which is no longer in the table: it is not undercharged.
  const dearest = [...models.values()].reduce((dear, model) => (model.outputMicroUsdPerMillion > dear.outputMicroUsdPerMillion ? model : dear))
  const billing = createBilling({ db: database.db, modelOf: (id) => models.get(id) ?? dearest })
  const subscriptions = createSubscriptions({
    db: database.db,
    payments: ports.payments,
    terms: config.payments,
    publicUrl: config.publicUrl,
    setPlan: (userId, plan) => accounts.setPlan(userId, plan, 'stripe'),
    audit: audit.record,
    log,
  })
  const guard = createGuard()
  const router = createRouter(table, { practice: config.provider.kind === 'practice' })
  const memory = createMemory({
    vectors: ports.vectors,
    embeddings: ports.embeddings,
    secret: await keptSecret(database, 'memory-collections'),
    spend: embeddingSpender(table, billing),
  })
  const openModel = (model: string, maxOutputTokens: number) => createChatModel({ ...provider, model, maxOutputTokens })
  const chatModels = new Map([...models].map(([id, model]) => [id, openModel(id, model.outputTokensMax)]))
  const screenshots = createScreenshotStore(database)
  const keepScreenshot = async (picture: Parameters<typeof screenshots.keep>[0]) => screenshotUrl(await screenshots.keep(picture))
  const browsing = ports.browser ? browserTools({ browser: ports.browser, keepScreenshot }) : []
  const fixedTools: Tool[] = [webSearch(ports.search), calculator, clock, ...browsing, ...systemTools(config, ports), ...furtherTools]
  // Alive: the tools of MCP servers come and go.
  const tools = [...fixedTools]
  if (config.mcpServersFile) {
    const servers = readFileOf('MCP_SERVERS_FILE', config.mcpServersFile, readMcpServers)
    const onChange = (theirs: Tool[]) => void tools.splice(fixedTools.length, Infinity, ...theirs)
    const clean = (text: string) => guard.inspect(text, 'tool_output').text
    stack.use(await openMcpTools({ ...ports, db: database.db, servers, clean, onChange, log }))
  }
  const policies = createPolicies({ db: database.db, tools })
  const agent = createAgent({
    chatModel: (id, tokensMax) =>
      tokensMax === undefined || tokensMax === models.get(id)!.outputTokensMax ? chatModels.get(id)! : openModel(id, tokensMax),
    models: [...chatModels.keys()],
    tools,
    policies,
    approvalSeconds: config.approvalSeconds,
    current: accounts.current,
    audit: audit.record,
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
    audit: audit.record,
    current: accounts.current,
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
  if (worker) stack.use(subscriptions.startUpkeep(ports.jobs))
  const sweep = () => Promise.all([billing.releaseOrphans(), screenshots.sweep()])
  const sweeping = setInterval(() => void sweep().catch((error: unknown) => log.error({ err: error }, 'sweeping failed')), sweepMs)
  stack.defer(() => clearInterval(sweeping))
  registerMetrics(server, {
    token: config.metricsToken,
    gauges: {
      active_runs: { help: 'Runs at work in this process', read: () => worker?.activeRuns() ?? 0 },
      waiting_runs: { help: 'Runs in line, over all processes', read: chat.waitingRuns },
      open_streams: { help: 'Sockets and event streams open in this process', read: () => (sockets?.openCount() ?? 0) + server.eventStreams.size },
    },
  })

  async function registerApi() {
    registerIdempotency(server, createIdempotencyStore(database))
    const sockets = registerSocket(server, {
      authenticate: accounts.authenticate,
      user: accounts.me,
      handlers: chatFrames(chat),
      onSessionRevoked: (listener) => signals.subscribe(sessionRevoked, listener),
      onUserChanged: (listener) => signals.subscribe(userChanged, listener),
      log,
    })
    await server.register(
      accountRoutes({
        accounts,
        limits,
        secureCookies: config.secureCookies,
        instance: { version, practiceModel: config.provider.kind === 'practice', billing: ports.payments.enabled },
        erase: async (caller) => {
          await chat.forget(caller)
          await memory.forgetAll(caller.userId)
          await ports.sandbox?.remove(caller.userId)
          await subscriptions.forget(caller.userId)
        },
        exportAll: async (caller) => ({
          user: await accounts.me(caller),
          sessions: await accounts.sessions(caller),
          apiKeys: await accounts.apiKeys(caller),
          conversations: await chat.conversations.exportAll(caller),
          memories: (await memory.list(caller.userId, { limit: 10_000 })).items,
          usage: await billing.usage(caller, { group: 'day', from: new Date(0).toISOString() }),
          subscription: await subscriptions.current(caller),
        }),
      }),
    )
    await server.register(chatRoutes(chat))
    await server.register(modelRoutes(router))
    await server.register(toolRoutes({ policies, audit: audit.record }))
    await server.register(screenshotRoutes(screenshots))
    await server.register(aguiRoutes(chat))
    await server.register(
      mcpRoutes({
        agent,
        memory,
        isHarmless: (text) => guard.inspect(text, 'tool_output').action === 'allow',
        authenticate: accounts.authenticate,
        admit: (caller, reply) => admit(limits, planWindows(caller), reply),
        audit: audit.record,
        version,
      }),
    )
    await server.register(memoryRoutes(memory))
    await server.register(billingRoutes({ billing, modelsOf: router.modelsOf, toolsOf: agent.toolsOf, pricesOf: subscriptions.pricesOf }))
    await server.register(subscriptionRoutes({ subscriptions, limits }))
    await server.register(
      adminRoutes(createAdmin({ db: database.db, accounts, audit, billing, subscriptionFigures: subscriptions.figures, tools: policies })),
    )
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
    subscriptions,
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
  return readFileOf('MODELS_FILE', config.modelsFile, readModelTable)
}

function systemTools({ systemTool, dataDir }: Config, { sandbox }: Pick<Ports, 'sandbox'>): Tool[] {
  if (systemTool.kind === 'off' || !sandbox) return []
  const read = (file: string | undefined) => readGrammar({ file, isInstalled: sandbox.has, secretFolders: [dataDir] })
  return [systemCommand(sandbox, readFileOf('SYSTEM_COMMANDS_FILE', systemTool.commandsFile, read))]
}

/** Every fault of an operator's file is a line of its own. @throws ConfigError */
function readFileOf<File extends string | undefined, Content>(setting: string, file: File, read: (file: File) => Content): Content {
  try {
    return read(file)
  } catch (error) {
    throw new ConfigError((error as Error).message.split('\n').map((line) => `${setting}: ${line}`))
  }
}

/** Embeddings of a provider are paid for in advance, like every call of a model; the bundled encoder costs nothing. */
function embeddingSpender({ embedding }: ModelTable, billing: Billing): MemoryDeps['spend'] {
  if (!embedding) return (_payer, _inputTokensMax, call) => call()
  const price = { ...embedding, outputMicroUsdPerMillion: 0 }
  return (payer, inputTokens, call) =>
    billing.spend({ ...payer, ...charge('embedding', embedding.model, { inputTokens, outputTokens: 0 }, price) }, price, call)
}
