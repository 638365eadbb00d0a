import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { Email } from '@jarvis/contracts/accounts.ts'
import { z } from 'zod'
import { BackupEvery, BackupKeep } from './backups.ts'
import { ConfigError } from './config-error.ts'
import { senderOf, smtpOf } from './mail.ts'
import { issuerOf, plansOf, rolesOf, scopesOf } from './identity.ts'
import { placeOf } from './place.ts'
import { registrationOf } from './registration.ts'
import { TracingHeaders } from './tracing.ts'

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
export type MaskedKind = 'card number' | 'bank account' | 'key' | 'password' | 'PIN'
const kindsByName: Record<string, MaskedKind> = {
  cards: 'card number',
  accounts: 'bank account',
  keys: 'key',
  passwords: 'password',
  pins: 'PIN',
}
const maskedKinds = list
  .default([])
  .refine(
    (names) => names.every((name) => name in kindsByName) || (names.length === 1 && ['all', 'none'].includes(names[0]!)),
    `must be all, none, or of ${Object.keys(kindsByName).join(', ')}, with commas between`,
  )
  .transform((names) => (names[0] === 'all' ? Object.values(kindsByName) : names.flatMap((name) => kindsByName[name] ?? [])))
/** A path would be dropped without a word: Jarvis is at the root of its host. */
const origin = url(['http:', 'https:'])
  .refine(
    (value) => isOrigin(value),
    'must be a scheme, a host and a port alone, such as https://jarvis.example.org: Jarvis is served at the root of a host, under no path',
  )
  .transform((value) => new URL(value).origin)
/** A scheme or a path would be kept and never match. IPv6 stands in brackets. */
const hostAndPort = z
  .string()
  .regex(/^([a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i, 'must be host or host:port, such as wiki.example.org or 10.0.0.5:8080')
const host = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be the name of a host alone, such as pay.example.org')
const count = (smallest: number, largest: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(smallest).max(largest))

const read = <Read>(of: (value: string) => Read) =>
  z.string().transform((value, context) => {
    try {
      return of(value)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
      return z.NEVER
    }
  })
const place = read(placeOf)

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
  BLOBS_URL: place.optional(),
  FILES_BYTES_MAX: count(1, 1024 * 1024 * 1024).optional(),
  TABLE_ROWS_SHOWN: count(0, 50).optional(),
  BACKUP_URL: place.optional(),
  BACKUP_EVERY: BackupEvery.default({ everySeconds: 86_400 }),
  BACKUP_KEEP: BackupKeep.default({ count: 14, days: 30 }),
  BACKUP_KEY: z
    .string()
    .refine((value) => value.length >= 16, 'must have at least 16 characters; `openssl rand -base64 32` makes a good one')
    .optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url(['http:', 'https:']).optional(),
  MODELS_FILE: z.string().optional(),
  OLLAMA_URL: url(['http:', 'https:']).default('http://127.0.0.1:11434'),
  CONVERSATION_READS: z.enum(['off']).optional(),
  RESPONSE_CACHE: z.enum(['person', 'all', 'off']).optional(),
  VOICE: z.enum(['on', 'provider', 'off']).default('on'),
  CONVERSATION_TITLES: z.enum(['model', 'words']).default('model'),
  MASK_IN_ANSWERS: maskedKinds,
  MEMORY_FACTS: z.enum(['model', 'rules']).default('model'),
  JWT_SECRET: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, 'must be at least 32 bytes')
    .optional(),
  SECRETS_KEY: z.string().refine(isSecretsKey, 'must be 32 bytes in base64; `openssl rand -base64 32` makes one').optional(),
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
  STRIPE_CUSTOM_DOMAIN: host.optional(),
  STRIPE_TRIAL_DAYS: count(0, 730).default(0),
  STRIPE_TAX: z.enum(['off', 'automatic']).default('off'),
  BILLING_GRACE_DAYS: count(0, 365).default(7),
  JARVIS_ROLES: list.pipe(z.array(z.enum(['api', 'worker'])).min(1)).default(['api', 'worker']),
  WEB_CONCURRENCY: count(1, 64).default(1),
  RUNS_AT_ONCE: count(1, 1000).default(64),
  RUNS_WAITING_MAX: count(1, 100_000).default(1000),
  DRAIN_SECONDS: count(0, 600).default(0),
  REGISTRATION: read(registrationOf).default({ kind: 'open' }),
  REGISTER_BY_LETTER: z.enum(['on', 'off', 'mail']).optional(),
  ADMIN_EMAIL: Email.optional(),
  ADMIN_PASSWORD: z.string().min(8, 'must be at least 8 characters').max(1024).optional(),
  SMTP_URL: read(smtpOf).optional(),
  MAIL_FROM: read(senderOf).optional(),
  OIDC_ISSUER: read(issuerOf).optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_NAME: z.string().max(60).optional(),
  OIDC_SCOPES: read(scopesOf).optional(),
  OIDC_GROUPS_CLAIM: z.string().optional(),
  OIDC_ROLES: read(rolesOf).optional(),
  OIDC_PLANS: read(plansOf).optional(),
  OIDC_ONLY: z
    .enum(['on', 'off', 'true', 'false'])
    .default('off')
    .transform((value) => value === 'on' || value === 'true'),
  IDENTITY_FILE: z.string().optional(),
  ACCESS_TOKEN_SECONDS: count(5, 86_400).default(600),
  APPROVAL_SECONDS: count(1, 604_800).default(86_400),
  TOLD_BITS_MAX: count(0, 64).default(8),
  ADDRESS_SIGN_INS_PER_MINUTE: count(1, 1_000_000).default(1200),
  ADDRESS_REGISTRATIONS_PER_MINUTE: count(1, 1_000_000).default(600),
  ADDRESS_RENEWALS_PER_MINUTE: count(1, 1_000_000).default(3000),
  WEB_PUSH: z.enum(['on', 'off']).default('on'),
  WEB_PUSH_HOSTS: list.pipe(z.array(hostAndPort)).default([]),
  SEARCH_URL: url(['http:', 'https:']).default('https://html.duckduckgo.com/html/'),
  SEARXNG_URL: url(['http:', 'https:']).optional(),
  SEARCH_API_KEY: z.string().optional(),
  SEARCH_API_URL: url(['http:', 'https:']).default('https://api.search.brave.com/res/v1/web/search'),
  EGRESS_ALLOW_HOSTS: list.pipe(z.array(hostAndPort)).default([]),
  EGRESS_RESOLVER: z.enum(['jarvis', 'proxy']).default('jarvis'),
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
  HTTP_PROXY: url(['http:', 'https:']).optional(),
  HTTPS_PROXY: url(['http:', 'https:']).optional(),
  NO_PROXY: z.string().default(''),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:']).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: TracingHeaders.default({}),
})

export type Environment = z.infer<typeof Environment>

/** @throws ConfigError with every fault at once */
export function parseEnvironment(set: Record<string, string | undefined>): Environment {
  const parsed = Environment.safeParse(set)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path[0]?.toString() ?? ''}: ${message}`))
  return parsed.data
}

/** Any setting may come from a file, as secrets of Docker and Kubernetes do: X_FILE names the file that holds X. */
export function withFiles(set: Record<string, string>): Record<string, string> {
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

export function isSecretsKey(value: string): boolean {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(value) && Buffer.from(value, 'base64').length === 32
}

function isOrigin(value: string): boolean {
  const { pathname, search, hash, username, password } = URL.parse(value) ?? {}
  return pathname === '/' && [search, hash, username, password].every((part) => part === '')
}

/** `true` is refused: it would let anyone name the address that limits and audit see. */
function isTrustProxy(value: string): boolean {
  if (value === 'false' || /^\d{1,2}$/.test(value)) return true
  return value.split(',').every((item) => /^(loopback|linklocal|uniquelocal)$/.test(item.trim()) || isIP(item.trim().split('/')[0]!) !== 0)
}
