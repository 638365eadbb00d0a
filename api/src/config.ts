import { join, resolve } from 'node:path'
import { type BackupsConfig, backupsOf } from './config/backups.ts'
import { type BrowserConfig, browserOf } from './config/browser.ts'
import { ConfigError } from './config/config-error.ts'
import { crossFaults } from './config/cross-faults.ts'
import { keptSecret, keptSecretsKey, makeDataDir } from './config/data-folder.ts'
import { type Environment, type MaskedKind, parseEnvironment, withFiles } from './config/environment.ts'
import { type IdentityConfig, identityOf } from './config/identity.ts'
import { type PaymentsConfig, paymentsOf } from './config/payments.ts'
import { type MailConfig, mailOf } from './config/mail.ts'
import { lowerCaseToo, type Proxies, proxiesOf } from './config/proxies.ts'
import { type PlaceConfig, placeOf } from './config/place.ts'
import { type PushConfig, pushOf } from './config/push.ts'
import { byLetterOf, type FirstAdmin, firstAdminOf, type Registration } from './config/registration.ts'
import { type TracingConfig, tracingOf } from './config/tracing.ts'

export { ConfigError } from './config/config-error.ts'
export { Environment } from './config/environment.ts'
export type { BackupsConfig } from './config/backups.ts'
export type { BrowserConfig } from './config/browser.ts'
export type { BillingTerms, Offer, PaymentsConfig } from './config/payments.ts'

export type ProviderConfig = { kind: 'practice' } | { kind: 'openai'; baseUrl: string; apiKey: string }

/** `safe`: commands of the grammar, and of the operator's file, in the sandbox. */
export type SystemToolConfig = { kind: 'off' } | { kind: 'safe'; commandsFile: string | undefined }

export type Config = {
  host: string
  port: number
  publicUrl: string
  /** PUBLIC_URL names this machine: nobody else is meant to come. */
  isLocal: boolean
  allowedOrigins: string[]
  secureCookies: boolean
  dataDir: string
  databaseUrl: string | undefined
  redisUrl: string | undefined
  chromaUrl: string | undefined
  /** Where files are kept. */
  blobs: PlaceConfig
  /** The most bytes of one file, in place of what each plan takes. */
  filesBytesMax: number | undefined
  /** How many rows of a table a model is shown before it asks. Undefined: what fits beside the question. */
  tableRowsShown: number | undefined
  /** None: nothing is backed up by itself. */
  backups: BackupsConfig | undefined
  /** Encrypts and opens backups that the operator makes, too. */
  backupKey: string | undefined
  provider: ProviderConfig
  modelsFile: string | undefined
  /** `off`: no administrator reads what others said, whatever is chosen on the page. */
  conversationReads: 'off' | undefined
  /** Who is answered by what was answered before. */
  /** undefined: as an administrator chooses. */
  responseCache: 'person' | 'all' | 'off' | undefined
  /** Whether the page may listen and read aloud, and whether the browser may do it itself. */
  voice: 'on' | 'provider' | 'off'
  /** Whether the economy model names a conversation whose first message is too long for a title. */
  titlesByModel: boolean
  /** Where an Ollama is looked for when an administrator chooses who answers. */
  ollamaUrl: string
  /** Who finds facts in what people say, where more than the practice model is there. */
  /** What is masked in whatever a model says. */
  masks: ReadonlySet<MaskedKind>
  memoryFacts: 'model' | 'rules'
  /** The value of a variable that the models' file names as a provider's key. */
  keyOf(name: string): string | undefined
  payments: PaymentsConfig
  jwtSecret: string
  /** 32 bytes that encrypt what is secret in the database; made in `dataDir` at first use where it is not set. @throws ConfigError */
  secretsKey(): Buffer
  roles: ('api' | 'worker')[]
  processes: number
  /** Runs at work in one process, and runs that may wait in line over all processes. */
  runsAtOnce: number
  runsWaitingMax: number
  /** How long readiness says no before connections are closed: a load balancer's time to notice. */
  drainSeconds: number
  registration: Registration
  /** Whether people show that they read what is sent to their address before they have an account. */
  registerByLetter: boolean
  /** Made when there is nobody yet. */
  firstAdmin: FirstAdmin | undefined
  mail: MailConfig
  /** Who else may say who somebody is. */
  identity: IdentityConfig
  addressPerMinute: { login: number; register: number; refresh: number }
  accessTokenSeconds: number
  /** How long a person may take to answer when a tool asks. */
  approvalSeconds: number
  /** What a tainted run may tell those who observe it without asking, in bits. */
  toldBitsMax: number
  /** Asked in this order, the next where one fails: DuckDuckGo's page, a SearXNG, an API in Brave's shape. */
  search: { url: string; searxngUrl: string | undefined; api: { url: string; key: string } | undefined }
  egressAllowHosts: string[]
  /** The organisation's way out; `namesToProxy` are the hosts that the proxy looks up itself, `*` for all. */
  proxies: Proxies
  namesToProxy: string[]
  /** undefined: browsers are not told what came while nobody was at the page. */
  push: PushConfig | undefined
  browser: BrowserConfig
  systemTool: SystemToolConfig
  mcpServersFile: string | undefined
  trustProxy: boolean | number | string[]
  logLevel: string
  metricsToken: string | undefined
  /** None: nothing is traced. */
  tracing: TracingConfig | undefined
}

/** Reads the environment once. An empty variable counts as unset. @throws ConfigError with every fault at once */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const set = withFiles(lowerCaseToo(Object.fromEntries(Object.entries(environment).filter(([, value]) => value)) as Record<string, string>))
  const env = parseEnvironment(set)
  const faults = crossFaults(env)
  if (faults.length > 0) throw new ConfigError(faults)

  const dataDir = resolve(env.DATA_DIR)
  // An operator who brings every engine and the secret needs no folder: a read-only file system will do.
  if (!env.DATABASE_URL || !env.CHROMA_URL || !env.JWT_SECRET) makeDataDir(dataDir)
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl,
    isLocal: isLoopback(new URL(publicUrl).hostname),
    allowedOrigins: [publicUrl, ...(env.PUBLIC_URL ? [] : loopbackOrigins(env.PORT)), ...env.ALLOWED_ORIGINS],
    secureCookies: publicUrl.startsWith('https:'),
    dataDir,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    chromaUrl: env.CHROMA_URL,
    backups: backupsOf(env),
    backupKey: env.BACKUP_KEY,
    blobs: env.BLOBS_URL ?? placeOf(join(dataDir, 'files')),
    filesBytesMax: env.FILES_BYTES_MAX,
    tableRowsShown: env.TABLE_ROWS_SHOWN,
    provider: providerOf(env),
    modelsFile: env.MODELS_FILE && resolve(env.MODELS_FILE),
    conversationReads: env.CONVERSATION_READS,
    responseCache: env.RESPONSE_CACHE,
    voice: env.VOICE,
    titlesByModel: env.CONVERSATION_TITLES === 'model',
    ollamaUrl: env.OLLAMA_URL,
    masks: new Set(env.MASK_IN_ANSWERS),
    memoryFacts: env.MEMORY_FACTS,
    keyOf: (name) => set[name],
    payments: paymentsOf(env),
    jwtSecret: env.JWT_SECRET ?? keptSecret(dataDir),
    secretsKey: () => (env.SECRETS_KEY ? Buffer.from(env.SECRETS_KEY, 'base64') : keptSecretsKey(dataDir)),
    roles: env.JARVIS_ROLES,
    processes: env.WEB_CONCURRENCY,
    runsAtOnce: env.RUNS_AT_ONCE,
    runsWaitingMax: env.RUNS_WAITING_MAX,
    drainSeconds: env.DRAIN_SECONDS,
    registration: env.REGISTRATION,
    registerByLetter: byLetterOf(env),
    firstAdmin: firstAdminOf(env),
    mail: mailOf(env, publicUrl),
    identity: identityOf(env, env.IDENTITY_FILE && resolve(env.IDENTITY_FILE)),
    addressPerMinute: {
      login: env.ADDRESS_SIGN_INS_PER_MINUTE,
      register: env.ADDRESS_REGISTRATIONS_PER_MINUTE,
      refresh: env.ADDRESS_RENEWALS_PER_MINUTE,
    },
    accessTokenSeconds: env.ACCESS_TOKEN_SECONDS,
    approvalSeconds: env.APPROVAL_SECONDS,
    toldBitsMax: env.TOLD_BITS_MAX,
    search: {
      url: env.SEARCH_URL,
      searxngUrl: env.SEARXNG_URL,
      api: env.SEARCH_API_KEY ? { url: env.SEARCH_API_URL, key: env.SEARCH_API_KEY } : undefined,
    },
    egressAllowHosts: env.EGRESS_ALLOW_HOSTS,
    ...proxiesOf(env),
    push: pushOf(env, publicUrl),
    browser: browserOf(env, set.PATH),
    systemTool:
      env.SYSTEM_TOOL === 'off' ? { kind: 'off' } : { kind: 'safe', commandsFile: env.SYSTEM_COMMANDS_FILE && resolve(env.SYSTEM_COMMANDS_FILE) },
    mcpServersFile: env.MCP_SERVERS_FILE && resolve(env.MCP_SERVERS_FILE),
    trustProxy: trustProxyOf(env.TRUST_PROXY),
    logLevel: env.LOG_LEVEL,
    metricsToken: env.METRICS_TOKEN,
    tracing: tracingOf(env),
  }
}

/** What the browser service needs of the same settings: no engine and no secret. */
export const browserServiceSettings = [
  'HOST',
  'PORT',
  'EGRESS_ALLOW_HOSTS',
  'EGRESS_RESOLVER',
  'BROWSER_EXECUTABLE',
  'BROWSER_SANDBOX',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'LOG_LEVEL',
]

/** @throws ConfigError */
export function readBrowserServiceConfig(environment: NodeJS.ProcessEnv = process.env) {
  const names = [...browserServiceSettings, 'PATH']
  const set = Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
  const env = parseEnvironment({ PORT: '9222', ...set })
  const browser = browserOf(env, set.PATH)
  if (browser.kind !== 'local') throw new ConfigError(['BROWSER_EXECUTABLE: is needed, for there is no Chromium on the PATH'])
  // Chromium's own port is next to ours, on loopback.
  return {
    host: env.HOST,
    port: env.PORT,
    devToolsPort: env.PORT + 1,
    allowHosts: env.EGRESS_ALLOW_HOSTS,
    ...proxiesOf(env),
    logLevel: env.LOG_LEVEL,
    ...browser,
  }
}

function providerOf(env: Environment): ProviderConfig {
  if (!env.OPENAI_API_KEY && !env.OPENAI_BASE_URL) return { kind: 'practice' }
  let baseUrl = env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'
  while (baseUrl.endsWith('/')) baseUrl = baseUrl.slice(0, -1)
  return { kind: 'openai', baseUrl, apiKey: env.OPENAI_API_KEY ?? 'none' }
}

function trustProxyOf(value: string): boolean | number | string[] {
  if (value === 'false') return false
  return /^\d+$/.test(value) ? Number(value) : value.split(',').map((item) => item.trim())
}

const isLoopback = (hostname: string) => /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)

/** Without PUBLIC_URL a person may type any of the machine's own names. */
const loopbackOrigins = (port: number) => [`http://127.0.0.1:${port}`, `http://[::1]:${port}`]
