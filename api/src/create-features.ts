import { createAccounts, signOnRules } from '#features/accounts/index.ts'
import { createAdmin } from '#features/admin/index.ts'
import { createAgent, createPolicies, type Tool } from '#features/agent/index.ts'
import { createAudit } from '#features/audit/index.ts'
import { createBackups, createBackupSchedule } from '#features/backup/index.ts'
import { createBilling, createSubscriptions } from '#features/billing/index.ts'
import { createBranding } from '#features/branding/index.ts'
import { createChat, ofAnybody } from '#features/chat/index.ts'
import { createChoices } from '#features/choices/index.ts'
import { createCompletions, createPaidAudio, createPaidEmbeddings, createPaidPictures, type PaidEmbeddings } from '#features/completions/index.ts'
import { createFiles } from '#features/files/index.ts'
import { createIdentity } from '#features/identity/index.ts'
import { createImports } from '#features/imports/index.ts'
import { createGuard, createGuardSettings } from '#features/guard/index.ts'
import { createOutbox } from '#features/mail/index.ts'
import { createMemory, keptSecret, type MemoryDeps } from '#features/memory/index.ts'
import { createNotices } from '#features/notices/index.ts'
import { createBoughtSeats, createOrganisations } from '#features/organisations/index.ts'
import { createPlans } from '#features/plans/index.ts'
import { createPrivacy } from '#features/privacy/index.ts'
import { createPrompts } from '#features/prompts/index.ts'
import { createProviders } from '#features/providers/index.ts'
import { createPush } from '#features/push/index.ts'
import { createRouter, ownProvider } from '#features/router/index.ts'
import { createRuns } from '#features/runs/index.ts'
import { createSharing } from '#features/sharing/index.ts'
import { createScim } from '#features/scim/index.ts'
import { createErasure, retention } from '#features/upkeep/index.ts'
import { createVoice } from '#features/voice/index.ts'
import { createCacheSharing, createResponseCache, createV1 } from '#features/v1/index.ts'
import { checkEngine, type EngineCheck } from '#http/health.ts'
import type { Log } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import type { Config } from './config.ts'
import { createFactReader } from './fact-reader.ts'
import { groupMapping, identityTable } from './identity-table.ts'
import { openDirectory, openIssuer } from './open-identities.ts'
import type { ModelSource } from './model-source.ts'
import { openModels } from './open-models.ts'
import { isLockedPdf, queryTables, readConversations, readFile, readParquet, readPicture, readScan } from '#ports/documents/index.ts'
import type { McpServer } from '#ports/mcp/index.ts'
import { bundledEncoder } from '#ports/models/embeddings.ts'
import type { Ports } from './open-ports.ts'
import { openTools } from './open-tools.ts'
import { outsideStores } from './outside-stores.ts'

export type Features = Awaited<ReturnType<typeof createFeatures>>

type Given = { log: Log; furtherTools: Tool[]; mcpServers: McpServer[]; passwordCost?: number | undefined }

/** Makes every feature from its ports, and hands each what it needs of the others. */
export async function createFeatures(
  config: Config,
  source: ModelSource,
  ports: Ports & { checks: EngineCheck[] },
  { log, furtherTools, mcpServers, passwordCost }: Given,
) {
  await using stack = new AsyncDisposableStack()
  const { database, limits, signals } = ports
  const { db } = database
  const { embedding } = source.table()

  const audit = createAudit(database)
  const providers = stack.use(
    await createProviders({
      db,
      signals,
      audit: audit.record,
      log,
      secretsKey: config.secretsKey,
      base: source.table,
      baseIs: config.modelsFile !== undefined ? 'file' : config.provider.kind === 'practice' ? 'practice' : 'environment',
      own: config.provider.kind === 'practice' ? undefined : { ...ports.provider, id: ownProvider, kind: 'openai' },
      keyOfFile: config.keyOf,
      dispatcher: ports.outward,
      ollamaUrl: config.ollamaUrl,
    }),
  )
  const models = openModels(providers, { provider: ports.provider, outward: ports.outward })
  const outbox = createOutbox({ db, jobs: ports.jobs, mail: ports.mail, log })
  const identities = identityTable(config)
  const signOn = signOnRules(identities)
  const choices = createChoices({ db, audit: audit.record })
  const plans = stack.use(await createPlans({ choices, signals, log }))
  const accounts = await createAccounts({
    db,
    signals,
    limits,
    audit: audit.record,
    jwtSecret: config.jwtSecret,
    accessTokenSeconds: config.accessTokenSeconds,
    registration: signOn.only ? { kind: 'closed' } : config.registration,
    signOn,
    registerByLetter: config.registerByLetter,
    outbox,
    publicUrl: config.publicUrl,
    secretsKey: config.secretsKey,
    passwordCost,
  })
  const identity = await createIdentity({
    db,
    audit: audit.record,
    people: accounts.outside,
    changeUser: (userId, change, source) => accounts.changeUser(userId, change, { source }),
    table: identities,
    openIssuer: (provider) => openIssuer(provider, { publicUrl: config.publicUrl, outward: ports.outward }),
    openDirectory,
    limits,
    domains: config.registration.kind === 'domains' ? config.registration.domains : undefined,
    mayUsePassword: signOn.mayUsePassword,
    stopRuns: (userId) => runs.stopOwnOf(userId),
    secretsKey: config.secretsKey,
    publicUrl: config.publicUrl,
    log,
  })
  const scim = createScim({
    db,
    audit: audit.record,
    people: accounts.outside,
    changeUser: (userId, change, source) => accounts.changeUser(userId, change, { source }),
    requireRecent: accounts.requireRecent,
    mapping: groupMapping(identities),
    log,
  })
  const billing = createBilling({ db, modelOf: models.modelOf, log })
  const subscriptions = createSubscriptions({
    db,
    payments: ports.payments,
    terms: config.payments,
    publicUrl: config.publicUrl,
    setPlan: (userId, plan) => accounts.setPlan(userId, plan, 'stripe'),
    setSeats: createBoughtSeats({ db, audit: audit.record, accounts }),
    audit: audit.record,
    log,
  })
  const prompts = createPrompts({ db })
  const sharing = createSharing({
    db,
    audit: audit.record,
    copies: {
      file: (ownerId, id, heir, signal) => files.copyFor(ownerId, id, heir, signal),
      folder: (ownerId, id, heir) => chat.folders.copyFor(ownerId, id, heir),
      prompt: prompts.copyFor,
    },
    async heirOf(userId) {
      const { plan } = await accounts.current(userId)
      return { id: userId, plan }
    },
  })
  const organisations = createOrganisations({
    db,
    audit: audit.record,
    accounts,
    outbox,
    sharing,
    publicUrl: config.publicUrl,
    payments: subscriptions,
    log,
  })
  const guardSettings = stack.use(await createGuardSettings({ choices, signals, log }))
  const guard = stack.use(createGuard(guardSettings.strictness))
  const router = createRouter(providers.table, { practice: config.provider.kind === 'practice' })
  const embeddings = createPaidEmbeddings({
    embeddings: ports.embeddings,
    price: embedding ? { model: embedding.model, embed: billing.embed } : undefined,
  })
  const completions = createCompletions({
    guard,
    router,
    openSpending: billing.openSpending,
    models: models.chatModels,
    masks: config.masks,
    keepFailure: providers.failures.keep,
    tracing: ports.tracing,
    log,
  })
  const secret = await keptSecret(database, 'memory-collections')
  const takeBack = (userId: string, collections: string[]) => erasure.reopen(userId, 'memories', collections)
  const freeOrPaid = memoryEmbeddings(embeddings, ports)
  const memory = createMemory({
    db,
    vectors: ports.vectors,
    embeddings: freeOrPaid,
    meanings: ports.meanings,
    formerEncoders: [ports.embeddings.id],
    secret,
    takeBack,
    isHarmless: async (text) => (await guard.judge(text, 'user')).action === 'allow',
    reader: createFactReader({ completions, isThere: () => config.memoryFacts === 'model' && !providers.isPractice() }),
    log,
  })
  const files = createFiles({
    db,
    blobs: ports.blobs,
    jobs: ports.jobs,
    log,
    read: (kind, bytes, signal) =>
      kind === 'parquet' ? readParquet(ports.isolation, bytes, signal) : readFile(ports.isolation, kind, bytes, signal),
    queryTables: (question, signal) => queryTables(ports.isolation, question, signal),
    tableRowsShown: config.tableRowsShown,
    readScan: (bytes, pages, signal) => readScan(ports.isolation, bytes, pages, signal),
    fetchPage: ports.egress.fetch,
    readPicture: (bytes, signal) => readPicture(ports.isolation, bytes, signal),
    bytesMax: config.filesBytesMax,
    isLocked: (pdf, signal) => isLockedPdf(ports.isolation, pdf, signal),
    vectors: ports.vectors,
    embeddings: freeOrPaid,
    secret,
    takeBack,
  })
  const pictures = {
    modelOf: router.pictureModelOf,
    pictures: createPaidPictures({ openSpending: billing.openSpending, models: models.pictureModels, keepFailure: providers.failures.keep, log }),
  }
  const { tools, screenshots } = stack.use(await openTools(config, { ports, guard, files, pictures, log, furtherTools, mcpServers }))
  const policies = createPolicies({ db, tools, audit: audit.record })
  const agent = createAgent({
    tools,
    policies,
    approvalSeconds: config.approvalSeconds,
    toldBitsMax: config.toldBitsMax,
    current: accounts.current,
    audit: audit.recordAlone,
    inspectToolOutput: (text) => guard.judge(text, 'tool_output'),
    tracing: ports.tracing,
    log,
  })
  const runs = createRuns({ ...ports, ...database, log })
  const push = createPush({ db, push: ports.push, jobs: ports.jobs, audit: audit.record, secretsKey: config.secretsKey, log })
  const chat = createChat({
    ...ports,
    files,
    db,
    runs,
    agent,
    billing,
    completions,
    memory,
    router,
    log,
    audit: audit.record,
    current: accounts.current,
    tellAway: push.tell,
    publicUrl: config.publicUrl,
    // The practice model has no words of its own.
    namesByModel: () => config.titlesByModel && !providers.isPractice(),
    runsWaitingMax: config.runsWaitingMax,
    windowsOf: plans.windowsOf,
  })
  const imports = createImports({
    db,
    blobs: ports.blobs,
    jobs: ports.jobs,
    read: (bytes, signal) => readConversations(ports.isolation, bytes, signal),
    takeIn: chat.takeIn,
    tellOf: chat.tellNewest,
  })
  const cacheSharing = stack.use(await createCacheSharing({ db, signals, log, fixed: config.responseCache }))
  const kept = createResponseCache({ cache: ports.answers, sharing: cacheSharing.now, log })
  const audio = createPaidAudio({ openSpending: billing.openSpending, models: models.audioModels, keepFailure: providers.failures.keep, log })
  const v1 = createV1({ db, audio, billing, chat, completions, embeddings, files, guard, router, runs, kept })
  const erasure = createErasure({
    db,
    stores: outsideStores({ accounts, files, memory, runs, subscriptions }, ports),
    async close(userId, by, write) {
      let left: string[] = []
      await accounts.close(userId, by, async (tx) => {
        left = await organisations.release(tx, userId)
        await write(tx)
      })
      accounts.seats.announce(left)
    },
    stopRuns: runs.stopAllOf,
    deleteRows: accounts.remove,
    log,
  })
  const privacy = createPrivacy({
    db,
    audit: audit.record,
    choices,
    isFixedOff: config.conversationReads === 'off',
    ofAnybody,
    erasures: erasure.certificates,
    kept: retention.map(({ what, kept, why }) => ({ what, kept, why })),
    requireRecent: accounts.requireRecent,
  })
  const notices = createNotices({ db, signals, audit: audit.record, requireRecent: accounts.requireRecent, log })
  const backup = createBackupSchedule({
    ...ports,
    db,
    stores: { ...ports, pool: database.pool },
    scheduled:
      config.backups && ports.backupPlace
        ? { backups: createBackups({ ...config.backups, place: ports.backupPlace }), when: config.backups.when }
        : null,
    version,
    log,
  })
  const admin = createAdmin({
    db,
    accounts,
    audit,
    billing,
    subscriptionFigures: subscriptions.figures,
    backupFigures: backup.figures,
    health: {
      engines: () => Promise.all(ports.checks.map(checkEngine)),
      runsWaiting: runs.waitingRuns,
      jobsWaiting: ports.jobs.waiting,
      modelsLeftAlone: completions.leftAlone,
    },
    feedbackTotals: chat.feedback.totals,
    routingTotals: chat.routingTotals,
    tools: policies,
    cacheSharing,
    limits,
    guard: guardSettings,
    erase: erasure.erase,
  })

  const resources = stack.move()
  return {
    accounts,
    admin,
    agent,
    audit,
    backup,
    billing,
    branding: createBranding({ choices }),
    chat,
    erasure,
    files,
    guard,
    identity,
    imports,
    plans,
    memory,
    notices,
    organisations,
    outbox,
    policies,
    privacy,
    prompts,
    providers,
    push,
    router,
    runs,
    screenshots,
    scim,
    sharing,
    subscriptions,
    v1,
    voice: createVoice({ mode: config.voice, audio: v1.audio, router, models: models.audioModels }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** No other process can be at work on this database. */
export const isAlone = ({ databaseUrl, processes }: Config) => databaseUrl === undefined && processes === 1

/** The bundled encoder takes longer than a turn should: without a provider's, memories are found by the meaning of their words, in microseconds. */
function memoryEmbeddings(paid: PaidEmbeddings, { embeddings, meanings }: Ports): MemoryDeps['embeddings'] {
  if (embeddings.id !== bundledEncoder) return { id: paid.id, isPaid: true, embed: paid.embed }
  const vectorOf = (text: string) => {
    const vector = meanings.vectorOf(text)
    return vector && Array.from(vector)
  }
  return { id: meanings.id, isPaid: false, embed: async (_payer, texts) => texts.map(vectorOf) }
}
