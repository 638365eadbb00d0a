import type { Dispatcher } from 'undici'
import type { ModelTable } from '#features/router/index.ts'
import type { EngineCheck } from '#http/health.ts'
import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import { type AccessWatch, createAccessWatch } from '#ports/access/index.ts'
import { type Blobs, createBlobs, openPlace, type Place } from '#ports/blobs/index.ts'
import type { Browser } from '#ports/browser/index.ts'
import { openBrowser } from '#ports/browser/open-browser.ts'
import { createInProcessCache } from '#ports/cache/in-process.ts'
import type { Cache } from '#ports/cache/index.ts'
import { createRedisCache } from '#ports/cache/redis.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { createEgress, type Egress } from '#ports/egress/index.ts'
import { openJobs } from '#ports/jobs/bullmq.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import { createInProcessLimits } from '#ports/limits/in-process.ts'
import type { Limits } from '#ports/limits/index.ts'
import { createRedisLimits } from '#ports/limits/redis.ts'
import type { Mail } from '#ports/mail/index.ts'
import { createLoggedMail } from '#ports/mail/log.ts'
import { createProviderEmbeddings, openBundledEmbeddings, openWordVectors, type WordVectors } from '#ports/models/embeddings.ts'
import type { Embeddings } from '#ports/models/index.ts'
import { startPracticeModelProcess } from '#ports/models/practice-model.ts'
import type { Payments } from '#ports/payments/index.ts'
import { createNoPayments } from '#ports/payments/none.ts'
import { openOutward } from '#ports/proxy/index.ts'
import { createPush, type Push } from '#ports/push/index.ts'
import { checkRedis, openRedis } from '#ports/redis/index.ts'
import { createInProcessRunLog } from '#ports/run-log/in-process.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import { createRedisRunLog } from '#ports/run-log/redis.ts'
import { createIsolation, type Isolation, openSandbox, type Sandbox } from '#ports/sandbox/index.ts'
import { createDuckDuckGo } from '#ports/search/duckduckgo.ts'
import type { SearchProvider, WebSearch } from '#ports/search/index.ts'
import { createSearchApi } from '#ports/search/search-api.ts'
import { createSearxng } from '#ports/search/searxng.ts'
import { createWebSearch } from '#ports/search/web-search.ts'
import type { Signals } from '#ports/signals/index.ts'
import { openSignals } from '#ports/signals/postgres.ts'
import { openTracing, type Tracing } from '#ports/tracing/index.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import type { Config } from './config.ts'

export type Ports = {
  /** What goes on by somebody's access, and ends with it. */
  access: AccessWatch
  database: Database
  vectors: Vectors
  embeddings: Embeddings
  meanings: WordVectors
  limits: Limits
  /** What was answered before, for who asks the same. */
  answers: Cache
  runLog: RunLog
  jobs: Jobs
  signals: Signals
  search: WebSearch
  /** null where there is no Chromium. */
  browser: Browser | null
  payments: Payments
  mail: Mail
  /** null where browsers are not told. */
  push: Push | null
  blobs: Blobs
  /** null unless backups are made by themselves. */
  backupPlace: Place | null
  /** null unless the system tool is on. */
  sandbox: Sandbox | null
  /** Where what strangers made is read. */
  isolation: Isolation
  egress: Egress
  provider: { baseUrl: string; apiKey: string; dispatcher?: Dispatcher }
  /** The way to outside systems that the operator named; undefined where it is a direct one. */
  outward: Dispatcher | undefined
  tracing: Tracing
}

/** A longer answer would push out many others. */
const answersKept = { bytesMax: 32 * 1024 * 1024, entryBytesMax: 512 * 1024, keptSeconds: 60 * 60 }

/** A line of the start; `isWell` is false where something is missing that Jarvis can do without for now. */
export type OnProgress = (line: string, isWell?: boolean) => void
type Opening = { onProgress: OnProgress; log: Log; replace: Partial<Ports> }

/** Opens every outside system, the embedded one where no address is set, side by side where one does not wait for another. */
export async function openPorts(config: Config, table: ModelTable, { onProgress, log, replace }: Opening) {
  await using stack = new AsyncDisposableStack()
  const step = progress(onProgress)
  const onError = (error: unknown) => log.warn({ err: error }, 'engine')
  const { dataDir, redisUrl } = config
  // An engine that is started again while people chat is news for the log.
  const embedded = { dataDir, onProgress: (line: string) => log.info({ engine: line }, 'engine') }

  // Closed last: the others' ends are in it.
  const tracing = replace.tracing ?? stack.use(await openTracing(config.tracing, { log, proxies: config.proxies, version }))
  // First: what is refused should not start engines.
  const sandbox = replace.sandbox ?? (config.systemTool.kind === 'safe' ? await openSandbox({ dataDir }).catch(noSandbox) : null)
  const opened = await Promise.allSettled([
    replace.database ?? step('PostgreSQL', openDatabase({ ...embedded, ...(config.databaseUrl && { url: config.databaseUrl }) })),
    replace.vectors ?? (config.chromaUrl ? namedVectors(config.chromaUrl, { dataDir, onProgress }) : step('Chroma', openVectors(embedded))),
    replace.provider ? undefined : config.provider.kind === 'practice' ? step('Practice model', startPracticeModelProcess(embedded)) : undefined,
    redisUrl ? step('Redis', openRedis(redisUrl, onError).catch(noRedis)) : undefined,
  ])
  for (const result of opened) if (result.status === 'fulfilled') stack.use(result.value)
  for (const result of opened) if (result.status === 'rejected') throw result.reason
  const [database, vectors, practice, redis] = opened.map((result) => (result as PromiseFulfilledResult<unknown>).value) as [
    Database,
    Vectors,
    { url: string } | undefined,
    Awaited<ReturnType<typeof openRedis>> | undefined,
  ]

  const outward = openOutward(config.proxies)
  if (outward) stack.defer(() => outward.destroy())
  const named = config.provider.kind === 'openai' && { ...config.provider, ...(outward && { dispatcher: outward }) }
  const provider = replace.provider ?? (named || { baseUrl: practice!.url, apiKey: 'practice' })
  const { proxies, namesToProxy } = config
  const egress = stack.use(createEgress({ allowHosts: config.egressAllowHosts, proxies, namesToProxy }))
  const [signals, jobs] = await step(
    'Background work',
    Promise.all([
      replace.signals ?? openSignals(database.connection, onError),
      replace.jobs ??
        openJobs({
          ...(redisUrl ? { redisUrl } : { postgres: database.connection }),
          db: database.db,
          onError,
          hold: (...asked) => access.hold(...asked),
        }),
    ]),
  )
  stack.use(signals)
  const access: AccessWatch = stack.use(createAccessWatch({ db: database.db, signals, onError }))
  stack.use(jobs)
  const ports: Ports = {
    access,
    database,
    vectors,
    provider,
    outward,
    signals,
    jobs,
    limits: replace.limits ?? stack.use(redis ? createRedisLimits(redis) : createInProcessLimits()),
    answers: replace.answers ?? stack.use(redis ? createRedisCache(redis, 'answers', answersKept) : createInProcessCache(answersKept)),
    runLog: replace.runLog ?? stack.use(redis ? createRedisRunLog(redis) : createInProcessRunLog()),
    embeddings:
      replace.embeddings ?? (table.embedding ? createProviderEmbeddings({ ...provider, ...table.embedding }) : stack.use(openBundledEmbeddings())),
    meanings: openWordVectors(),
    blobs: replace.blobs ?? createBlobs(stack.use(await openPlace(config.blobs, config.proxies))),
    backupPlace: replace.backupPlace ?? (config.backups ? stack.use(await openPlace(config.backups.place, config.proxies)) : null),
    mail: replace.mail ?? stack.use(await openMail(config, log)),
    push: replace.push ?? (config.push ? stack.use(createPush({ ...config.push, proxies, namesToProxy })) : null),
    payments: replace.payments ?? (await openPayments(config, outward)),
    search: replace.search ?? createWebSearch(searchProviders(egress, config.search)),
    browser: replace.browser ?? browserOf(config, stack),
    egress: replace.egress ?? egress,
    isolation: replace.isolation ?? createIsolation({ log }),
    tracing,
    sandbox,
  }
  const checks: EngineCheck[] = [
    { name: 'database', needed: true, ping: database.ping },
    { name: 'vectors', needed: false, ping: vectors.ping },
    ...(redis ? [{ name: 'redis', needed: true, ping: () => checkRedis(redis) }] : []),
  ]
  const resources = stack.move()
  return { ...ports, checks, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Stripe's SDK is read where it is used. */
export async function openPayments({ payments }: Pick<Config, 'payments'>, dispatcher?: Dispatcher): Promise<Payments> {
  if (payments.kind !== 'stripe') return createNoPayments()
  const { createStripePayments } = await import('#ports/payments/stripe.ts')
  return createStripePayments({ ...payments, ...(dispatcher && { dispatcher }) })
}

/** So is the library for a mail server. */
export async function openMail({ mail, proxies }: Pick<Config, 'mail' | 'proxies'>, log: Log): Promise<Mail> {
  if (mail.kind !== 'smtp') return createLoggedMail(log)
  const { createSmtpMail } = await import('#ports/mail/smtp.ts')
  return createSmtpMail({ ...mail, proxies })
}

function searchProviders(egress: Egress, { url, searxngUrl, api }: Config['search']): [SearchProvider, ...SearchProvider[]] {
  const fallbacks = [searxngUrl && createSearxng(egress, searxngUrl), api && createSearchApi(egress, api)]
  return [createDuckDuckGo(egress, url), ...fallbacks.filter((provider) => typeof provider === 'object')]
}

function browserOf({ browser, egressAllowHosts: allowHosts, proxies, namesToProxy }: Config, stack: AsyncDisposableStack): Browser | null {
  if (browser.kind === 'none') return null
  return stack.use(
    openBrowser(browser.kind === 'local' ? { ...browser, allowHosts, proxies, namesToProxy } : browser, { placesMax: browser.contextsMax }),
  )
}

function noSandbox(cause: unknown): never {
  const reason = cause instanceof AppError ? cause.message : String(cause)
  throw new AppError('unavailable', `SYSTEM_TOOL=safe cannot be enabled: ${reason} Until then, set SYSTEM_TOOL=off.`, { cause })
}

function noRedis(cause: unknown): never {
  throw new AppError('unavailable', 'Cannot connect to REDIS_URL. Check that Redis runs there, or unset it when there is only one process.', {
    cause,
  })
}

/** It may come later: until then memories are found by their words. */
async function namedVectors(url: string, { dataDir, onProgress }: { dataDir: string; onProgress: OnProgress }): Promise<Vectors> {
  const vectors = await openVectors({ url, dataDir })
  const isThere = await vectors.ping().then(
    () => true,
    () => false,
  )
  onProgress(isThere ? 'Chroma' : 'Chroma does not answer at CHROMA_URL. Until it does, memories are found by their words alone.', isThere)
  return vectors
}

function progress(onProgress: OnProgress) {
  return async function step<Result>(name: string, work: Promise<Result>): Promise<Result> {
    const since = performance.now()
    const result = await work
    onProgress(`${name} (${((performance.now() - since) / 1000).toFixed(1)} s)`)
    return result
  }
}
