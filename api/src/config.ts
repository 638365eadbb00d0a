import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { delimiter, dirname, join, resolve } from 'node:path'
import { z } from 'zod'

const url = (protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that starts with ${protocols.join('// or ')}//`,
    )
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
const origin = url(['http:', 'https:']).transform((value) => new URL(value).origin)
const count = (smallest: number, largest: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(smallest).max(largest))

/** The first is what is sold; those after it are older prices that subscribers still have. */
const stripePrices = list.pipe(z.array(z.string()).min(1))

/** Every setting Jarvis reads from the environment; `.env.example` says what each means. */
export const Environment = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: count(0, 65_535).default(3000),
  PUBLIC_URL: origin.optional(),
  ALLOWED_ORIGINS: list.pipe(z.array(origin)).default([]),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  CHROMA_URL: url(['http:', 'https:']).optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url(['http:', 'https:']).optional(),
  MODELS_FILE: z.string().optional(),
  JWT_SECRET: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, 'must be at least 32 bytes')
    .optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .refine((value) => !value.startsWith('pk_'), 'is a publishable key; the secret one starts with sk_ or rk_')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_PRICE_PRO: stripePrices.optional(),
  STRIPE_PRICE_ENTERPRISE: stripePrices.optional(),
  STRIPE_PRICE_PRO_YEARLY: stripePrices.optional(),
  STRIPE_PRICE_ENTERPRISE_YEARLY: stripePrices.optional(),
  STRIPE_API_BASE: origin.optional(),
  STRIPE_TRIAL_DAYS: count(0, 730).default(0),
  STRIPE_TAX: z.enum(['off', 'automatic']).default('off'),
  BILLING_GRACE_DAYS: count(0, 365).default(7),
  JARVIS_ROLES: list.pipe(z.array(z.enum(['api', 'worker'])).min(1)).default(['api', 'worker']),
  WEB_CONCURRENCY: count(1, 64).default(1),
  RUNS_AT_ONCE: count(1, 1000).default(64),
  RUNS_WAITING_MAX: count(1, 100_000).default(1000),
  DRAIN_SECONDS: count(0, 600).default(0),
  REGISTRATION: z.enum(['open', 'closed']).default('open'),
  ACCESS_TOKEN_SECONDS: count(5, 86_400).default(600),
  APPROVAL_SECONDS: count(1, 604_800).default(86_400),
  SEARCH_URL: url(['http:', 'https:']).default('https://html.duckduckgo.com/html/'),
  SEARXNG_URL: url(['http:', 'https:']).optional(),
  SEARCH_API_KEY: z.string().optional(),
  SEARCH_API_URL: url(['http:', 'https:']).default('https://api.search.brave.com/res/v1/web/search'),
  EGRESS_ALLOW_HOSTS: list.default([]),
  BROWSER_EXECUTABLE: z.string().optional(),
  BROWSER_CDP_URL: url(['http:', 'https:', 'ws:', 'wss:']).optional(),
  BROWSER_SANDBOX: z.enum(['on', 'off']).optional(),
  BROWSER_CONTEXTS_MAX: count(0, 64).default(4),
  SYSTEM_TOOL: z.enum(['off', 'safe']).default('off'),
  SYSTEM_COMMANDS_FILE: z.string().optional(),
  MCP_SERVERS_FILE: z.string().optional(),
  TRUST_PROXY: z
    .string()
    .refine(isTrustProxy, 'must be false, a number of proxies, or addresses such as 10.0.0.0/8, separated by commas')
    .default('false'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
})

export type ProviderConfig = { kind: 'practice' } | { kind: 'openai'; baseUrl: string; apiKey: string }

/** `priceIds`: the first is sold, the others are recognised. */
export type Offer = { plan: 'pro' | 'enterprise'; interval: 'month' | 'year'; priceIds: string[] }
export type BillingTerms = { offers: Offer[]; trialDays: number; automaticTax: boolean; graceDays: number }
export type PaymentsConfig = BillingTerms & ({ kind: 'none' } | { kind: 'stripe'; secretKey: string; webhookSecret: string; apiBase: string })

/** `remote`: a browser service of ours, by the DevTools protocol. */
export type BrowserConfig =
  | { kind: 'none' }
  | { kind: 'local'; executable: string; sandbox: boolean; contextsMax: number }
  | { kind: 'remote'; url: string; contextsMax: number }

/** `safe`: commands of the grammar, and of the operator's file, in the sandbox. */
export type SystemToolConfig = { kind: 'off' } | { kind: 'safe'; commandsFile: string | undefined }

export type Config = {
  host: string
  port: number
  publicUrl: string
  allowedOrigins: string[]
  secureCookies: boolean
  dataDir: string
  databaseUrl: string | undefined
  redisUrl: string | undefined
  chromaUrl: string | undefined
  provider: ProviderConfig
  modelsFile: string | undefined
  payments: PaymentsConfig
  jwtSecret: string
  roles: ('api' | 'worker')[]
  processes: number
  /** Runs at work in one process, and runs that may wait in line over all processes. */
  runsAtOnce: number
  runsWaitingMax: number
  /** How long readiness says no before connections are closed: a load balancer's time to notice. */
  drainSeconds: number
  registrationOpen: boolean
  accessTokenSeconds: number
  /** How long a person may take to answer when a tool asks. */
  approvalSeconds: number
  /** Asked in this order, the next where one fails: DuckDuckGo's page, a SearXNG, an API in Brave's shape. */
  search: { url: string; searxngUrl: string | undefined; api: { url: string; key: string } | undefined }
  egressAllowHosts: string[]
  browser: BrowserConfig
  systemTool: SystemToolConfig
  mcpServersFile: string | undefined
  trustProxy: boolean | number | string[]
  logLevel: string
  metricsToken: string | undefined
}

/** Each fault is one line for the person who set it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: string[]

  constructor(faults: string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** Reads the environment once. An empty variable counts as unset. @throws ConfigError with every fault at once */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const set = withFiles(Object.fromEntries(Object.entries(environment).filter(([, value]) => value)) as Record<string, string>)
  const env = parseEnvironment(set)
  const faults = crossFaults(env)
  if (faults.length > 0) throw new ConfigError(faults)

  const dataDir = resolve(env.DATA_DIR)
  // Whoever brings every engine and the secret needs no folder: a read-only file system will do.
  if (!env.DATABASE_URL || !env.CHROMA_URL || !env.JWT_SECRET) makeDataDir(dataDir)
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl,
    allowedOrigins: [publicUrl, ...(env.PUBLIC_URL ? [] : loopbackOrigins(env.PORT)), ...env.ALLOWED_ORIGINS],
    secureCookies: publicUrl.startsWith('https:'),
    dataDir,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    chromaUrl: env.CHROMA_URL,
    provider: providerOf(env),
    modelsFile: env.MODELS_FILE && resolve(env.MODELS_FILE),
    payments: paymentsOf(env),
    jwtSecret: env.JWT_SECRET ?? keptSecret(dataDir),
    roles: env.JARVIS_ROLES,
    processes: env.WEB_CONCURRENCY,
    runsAtOnce: env.RUNS_AT_ONCE,
    runsWaitingMax: env.RUNS_WAITING_MAX,
    drainSeconds: env.DRAIN_SECONDS,
    registrationOpen: env.REGISTRATION === 'open',
    accessTokenSeconds: env.ACCESS_TOKEN_SECONDS,
    approvalSeconds: env.APPROVAL_SECONDS,
    search: {
      url: env.SEARCH_URL,
      searxngUrl: env.SEARXNG_URL,
      api: env.SEARCH_API_KEY ? { url: env.SEARCH_API_URL, key: env.SEARCH_API_KEY } : undefined,
    },
    egressAllowHosts: env.EGRESS_ALLOW_HOSTS,
    browser: browserOf(env, set.PATH),
    systemTool:
      env.SYSTEM_TOOL === 'off' ? { kind: 'off' } : { kind: 'safe', commandsFile: env.SYSTEM_COMMANDS_FILE && resolve(env.SYSTEM_COMMANDS_FILE) },
    mcpServersFile: env.MCP_SERVERS_FILE && resolve(env.MCP_SERVERS_FILE),
    trustProxy: trustProxyOf(env.TRUST_PROXY),
    logLevel: env.LOG_LEVEL,
    metricsToken: env.METRICS_TOKEN,
  }
}

/** Any setting may come from a file, as secrets of Docker and Kubernetes do: X_FILE names the file that holds X. */
function withFiles(set: Record<string, string>): Record<string, string> {
  const settings = { ...set }
  const faults: string[] = []
  for (const name of Object.keys(Environment.shape)) {
    const path = set[`${name}_FILE`]
    if (path === undefined || `${name}_FILE` in Environment.shape) continue
    if (set[name] !== undefined) faults.push(`${name}_FILE: ${name} is set too; keep one of them`)
    try {
      const text = readFileSync(path, 'utf8').trim()
      if (text) settings[name] = text
    } catch (error) {
      faults.push(`${name}_FILE: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return settings
}

/** What the browser service needs of the same settings: no engine and no secret. @throws ConfigError */
export function readBrowserServiceConfig(environment: NodeJS.ProcessEnv = process.env) {
  const names = ['HOST', 'PORT', 'EGRESS_ALLOW_HOSTS', 'BROWSER_EXECUTABLE', 'BROWSER_SANDBOX', 'LOG_LEVEL', 'PATH']
  const set = Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
  const env = parseEnvironment({ PORT: '9222', ...set })
  const browser = browserOf(env, set.PATH)
  if (browser.kind !== 'local') throw new ConfigError(['BROWSER_EXECUTABLE: is needed, for there is no Chromium on the PATH'])
  // Chromium's own port is next to ours, on loopback.
  return { host: env.HOST, port: env.PORT, devToolsPort: env.PORT + 1, allowHosts: env.EGRESS_ALLOW_HOSTS, logLevel: env.LOG_LEVEL, ...browser }
}

function parseEnvironment(set: Record<string, string | undefined>): z.infer<typeof Environment> {
  const parsed = Environment.safeParse(set)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path[0]?.toString() ?? ''}: ${message}`))
  return parsed.data
}

function crossFaults(env: z.infer<typeof Environment>): string[] {
  const faults: string[] = []
  if (env.NODE_ENV === 'production' && !env.JWT_SECRET) faults.push('JWT_SECRET: is required when NODE_ENV=production (at least 32 bytes)')
  if (!env.REDIS_URL && env.WEB_CONCURRENCY > 1) faults.push('REDIS_URL: is needed as soon as WEB_CONCURRENCY is over 1')
  if (!env.REDIS_URL && env.JARVIS_ROLES.length < 2) faults.push('REDIS_URL: is needed when JARVIS_ROLES splits api and worker')
  for (const name of ['MODELS_FILE', 'SYSTEM_COMMANDS_FILE', 'MCP_SERVERS_FILE'] as const) {
    const file = env[name]
    if (file && !existsSync(file)) faults.push(`${name}: there is no file ${file}`)
  }
  if (env.BROWSER_EXECUTABLE && !isProgram(env.BROWSER_EXECUTABLE)) faults.push(`BROWSER_EXECUTABLE: there is no program ${env.BROWSER_EXECUTABLE}`)
  return [...faults, ...stripeFaults(env)]
}

const stripeNeeds = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_PRICE_PRO', 'STRIPE_PRICE_ENTERPRISE'] as const

function stripeFaults(env: z.infer<typeof Environment>): string[] {
  const isMeant = [...stripeNeeds, 'STRIPE_PRICE_PRO_YEARLY' as const, 'STRIPE_PRICE_ENTERPRISE_YEARLY' as const].some((name) => env[name])
  const missing = isMeant ? stripeNeeds.filter((name) => !env[name]) : []
  if (missing.length > 0) return missing.map((name) => `${name}: is needed with the other STRIPE_ settings`)
  const ids = offersOf(env).flatMap(({ priceIds }) => priceIds)
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index)
  return twice.length > 0 ? [`STRIPE_PRICE_PRO: ${twice[0]} stands for two things; each price may be named once`] : []
}

function offersOf(env: z.infer<typeof Environment>): Offer[] {
  const offers: (Omit<Offer, 'priceIds'> & { priceIds: string[] | undefined })[] = [
    { plan: 'pro', interval: 'month', priceIds: env.STRIPE_PRICE_PRO },
    { plan: 'pro', interval: 'year', priceIds: env.STRIPE_PRICE_PRO_YEARLY },
    { plan: 'enterprise', interval: 'month', priceIds: env.STRIPE_PRICE_ENTERPRISE },
    { plan: 'enterprise', interval: 'year', priceIds: env.STRIPE_PRICE_ENTERPRISE_YEARLY },
  ]
  return offers.flatMap(({ priceIds, ...offer }) => (priceIds ? [{ ...offer, priceIds }] : []))
}

function paymentsOf(env: z.infer<typeof Environment>): PaymentsConfig {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: apiBase = 'https://api.stripe.com' } = env
  const terms = {
    offers: offersOf(env),
    trialDays: env.STRIPE_TRIAL_DAYS,
    automaticTax: env.STRIPE_TAX === 'automatic',
    graceDays: env.BILLING_GRACE_DAYS,
  }
  return secretKey && webhookSecret ? { kind: 'stripe', secretKey, webhookSecret, apiBase, ...terms } : { kind: 'none', ...terms }
}

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function browserOf(env: z.infer<typeof Environment>, path = ''): BrowserConfig {
  const contextsMax = env.BROWSER_CONTEXTS_MAX
  if (contextsMax === 0) return { kind: 'none' }
  if (env.BROWSER_CDP_URL) return { kind: 'remote', url: env.BROWSER_CDP_URL, contextsMax }
  const executable =
    env.BROWSER_EXECUTABLE ??
    path
      .split(delimiter)
      .flatMap((folder) => chromiumNames.map((name) => join(folder, name)))
      .find(isProgram)
  return executable ? { kind: 'local', executable, sandbox: sandboxOf(env), contextsMax } : { kind: 'none' }
}

/** Chromium does not start with its sandbox for root. */
const sandboxOf = (env: z.infer<typeof Environment>) => (env.BROWSER_SANDBOX ?? (process.getuid?.() === 0 ? 'off' : 'on')) === 'on'

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function providerOf(env: z.infer<typeof Environment>): ProviderConfig {
  if (!env.OPENAI_API_KEY && !env.OPENAI_BASE_URL) return { kind: 'practice' }
  const baseUrl = (env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1').replace(/\/+$/, '')
  return { kind: 'openai', baseUrl, apiKey: env.OPENAI_API_KEY ?? 'none' }
}

/** `true` is refused: it would let anyone name the address that limits and audit see. */
function isTrustProxy(value: string): boolean {
  if (value === 'false' || /^\d{1,2}$/.test(value)) return true
  return value.split(',').every((item) => /^(loopback|linklocal|uniquelocal)$/.test(item.trim()) || isIP(item.trim().split('/')[0]!) !== 0)
}

function trustProxyOf(value: string): boolean | number | string[] {
  if (value === 'false') return false
  return /^\d+$/.test(value) ? Number(value) : value.split(',').map((item) => item.trim())
}

/** Without PUBLIC_URL a person may type any of the machine's own names. */
const loopbackOrigins = (port: number) => [`http://127.0.0.1:${port}`, `http://[::1]:${port}`]

function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ConfigError([`DATA_DIR: cannot write to ${dataDir} (${code ?? message}). Change its owner, or set DATA_DIR to a folder of yours.`])
  }
}

/** Level by level: Node's own recursive mkdir never returns where a file system refuses new folders, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o755 })
}

/** Made once and kept beside the data, so that sign-ins survive a restart. */
function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret')
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8')
}
