import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, join, resolve } from 'node:path'
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
  JARVIS_ROLES: list.pipe(z.array(z.enum(['api', 'worker'])).min(1)).default(['api', 'worker']),
  WEB_CONCURRENCY: count(1, 64).default(1),
  RUNS_AT_ONCE: count(1, 1000).default(64),
  RUNS_WAITING_MAX: count(1, 100_000).default(1000),
  DRAIN_SECONDS: count(0, 600).default(0),
  REGISTRATION: z.enum(['open', 'closed']).default('open'),
  ACCESS_TOKEN_SECONDS: count(5, 86_400).default(600),
  SEARCH_URL: url(['http:', 'https:']).default('https://html.duckduckgo.com/html/'),
  EGRESS_ALLOW_HOSTS: list.default([]),
  TRUST_PROXY: z
    .string()
    .refine(isTrustProxy, 'must be false, a number of proxies, or addresses such as 10.0.0.0/8, separated by commas')
    .default('false'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
})

export type ProviderConfig = { kind: 'practice' } | { kind: 'openai'; baseUrl: string; apiKey: string }

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
  search: { url: string; allowHosts: string[] }
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
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = Environment.safeParse(set)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path[0]?.toString() ?? ''}: ${message}`))
  const env = parsed.data
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
    jwtSecret: env.JWT_SECRET ?? keptSecret(dataDir),
    roles: env.JARVIS_ROLES,
    processes: env.WEB_CONCURRENCY,
    runsAtOnce: env.RUNS_AT_ONCE,
    runsWaitingMax: env.RUNS_WAITING_MAX,
    drainSeconds: env.DRAIN_SECONDS,
    registrationOpen: env.REGISTRATION === 'open',
    accessTokenSeconds: env.ACCESS_TOKEN_SECONDS,
    search: { url: env.SEARCH_URL, allowHosts: env.EGRESS_ALLOW_HOSTS },
    trustProxy: trustProxyOf(env.TRUST_PROXY),
    logLevel: env.LOG_LEVEL,
    metricsToken: env.METRICS_TOKEN,
  }
}

function crossFaults(env: z.infer<typeof Environment>): string[] {
  const faults: string[] = []
  if (env.NODE_ENV === 'production' && !env.JWT_SECRET) faults.push('JWT_SECRET: is required when NODE_ENV=production (at least 32 bytes)')
  if (!env.REDIS_URL && env.WEB_CONCURRENCY > 1) faults.push('REDIS_URL: is needed as soon as WEB_CONCURRENCY is over 1')
  if (!env.REDIS_URL && env.JARVIS_ROLES.length < 2) faults.push('REDIS_URL: is needed when JARVIS_ROLES splits api and worker')
  if (env.MODELS_FILE && !existsSync(env.MODELS_FILE)) faults.push(`MODELS_FILE: there is no file ${env.MODELS_FILE}`)
  return faults
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
