import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Environment, readConfig } from './config.ts'

const base = { DATA_DIR: '/tmp/jarvis-config-test', JWT_SECRET: 'x'.repeat(32) }

const stripe = {
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  STRIPE_PRICE_PRO: 'price_1, price_old',
  STRIPE_PRICE_ENTERPRISE: 'price_2',
}

test.each([
  [{}, false],
  [{ SMTP_URL: 'smtp://mail.example.org:587' }, false],
  [{ SMTP_URL: 'smtp://mail.example.org:587', REGISTRATION: 'domains:example.org' }, true],
  [{ SMTP_URL: 'smtp://mail.example.org:587', REGISTRATION: 'domains:example.org', REGISTER_BY_LETTER: 'off' }, false],
  [{ SMTP_URL: 'smtp://mail.example.org:587', REGISTER_BY_LETTER: 'on' }, true],
  [{ SMTP_URL: 'smtp://mail.example.org:587', REGISTER_BY_LETTER: 'mail' }, true],
  [{ REGISTER_BY_LETTER: 'mail' }, false],
  [{ REGISTRATION: 'domains:example.org', REGISTER_BY_LETTER: 'mail' }, false],
])('with %o people register by a letter: %s', (settings, byLetter) => {
  expect(readConfig({ ...base, ...settings }).registerByLetter).toBe(byLetter)
})

test('nothing set means the embedded engines and the practice model', () => {
  expect(readConfig(base)).toMatchObject({
    port: 3000,
    publicUrl: 'http://localhost:3000',
    databaseUrl: undefined,
    redisUrl: undefined,
    chromaUrl: undefined,
    provider: { kind: 'practice' },
    trustProxy: false,
    secureCookies: false,
  })
})

test.each([
  [{ OPENAI_API_KEY: 'k' }, { baseUrl: 'https://api.openai.com/v1', apiKey: 'k' }],
  [{ OPENAI_BASE_URL: 'http://localhost:11434/v1/' }, { baseUrl: 'http://localhost:11434/v1', apiKey: 'none' }],
])('%j reaches a provider', (settings, provider) => {
  expect(readConfig({ ...base, ...settings }).provider).toMatchObject(provider)
})

test('with all that Stripe needs, billing is on, and each price belongs to a plan', () => {
  expect(readConfig(base).payments).toMatchObject({ kind: 'none', offers: [] })
  expect(readConfig({ ...base, ...stripe }).payments).toMatchObject({
    kind: 'stripe',
    apiBase: 'https://api.stripe.com',
    pageHosts: ['stripe.com'],
    offers: [
      { plan: 'pro', interval: 'month', priceIds: ['price_1', 'price_old'] },
      { plan: 'enterprise', interval: 'month', priceIds: ['price_2'] },
    ],
    trialDays: 0,
    automaticTax: false,
    graceDays: 7,
  })
})

test.each([
  ['', { kind: 'folder', folder: '/tmp/jarvis-config-test/files' }],
  ['file:/srv/a%20b', { kind: 'folder', folder: '/srv/a b' }],
  ['file:///srv/files', { kind: 'folder', folder: '/srv/files' }],
  ['/srv/files', { kind: 'folder', folder: '/srv/files' }],
  ['s3://host.example/bucket', { endpoint: 'https://host.example', region: 'us-east-1', bucket: 'bucket', prefix: '', credentials: undefined }],
  [
    's3://AKIA:a%2Fb%2Bc@s3.example:9000/bucket/one/two?region=eu-central-1&endpoint=http%3A%2F%2Fminio%3A9000',
    {
      endpoint: 'http://minio:9000',
      region: 'eu-central-1',
      bucket: 'bucket',
      prefix: 'one/two/',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'a/b+c' },
    },
  ],
])('files are kept where BLOBS_URL %j says', (BLOBS_URL, place) => {
  expect(readConfig({ ...base, BLOBS_URL }).blobs).toMatchObject(place)
})

test.each([
  [{}, { everySeconds: 86_400 }, { count: 14, days: 30 }],
  [{ BACKUP_EVERY: '6h', BACKUP_KEEP: '28' }, { everySeconds: 21_600 }, { count: 28, days: Infinity }],
  [
    { BACKUP_EVERY: '30 2 * * *', BACKUP_KEEP: '90d' },
    { cron: '30 2 * * *', zone: 'UTC' },
    { count: Infinity, days: 90 },
  ],
])('backups are made and kept as %j says', (settings, when, keep) => {
  const { backups } = readConfig({ ...base, BACKUP_URL: 'file:/backups', BACKUP_KEY: 'x'.repeat(16), ...settings })
  expect(backups).toEqual({ place: { kind: 'folder', folder: '/backups' }, key: 'x'.repeat(16), when, keep })
  expect(readConfig({ ...base, BACKUP_KEY: 'x'.repeat(16) }).backups).toBe(undefined)
})

test('an empty variable counts as unset', () => {
  expect(readConfig({ ...base, REDIS_URL: '', PORT: '' })).toMatchObject({ redisUrl: undefined, port: 3000 })
})

test.each([
  [{ PORT: '70000' }, 'PORT'],
  [{ REDIS_URL: 'http://x' }, 'REDIS_URL'],
  [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
  [{ PUBLIC_URL: 'https://example.org/jarvis' }, 'PUBLIC_URL'],
  [{ PUBLIC_URL: 'https://example.org/?a' }, 'PUBLIC_URL'],
  [{ ALLOWED_ORIGINS: 'https://example.org/app' }, 'ALLOWED_ORIGINS'],
  [{ STRIPE_API_BASE: 'https://proxy.example.org/stripe' }, 'STRIPE_API_BASE'],
  [{ STRIPE_CUSTOM_DOMAIN: 'https://pay.example.org' }, 'STRIPE_CUSTOM_DOMAIN'],
  [{ TRUST_PROXY: 'proxy.example' }, 'TRUST_PROXY'],
  [{ SMTP_URL: 'mail.example.org:587' }, 'SMTP_URL'],
  [{ SMTP_URL: 'smtp://mail.example.org?tls=none' }, 'SMTP_URL'],
  [{ SMTP_URL: 'smtps://mail.example.org?tls=off' }, 'SMTP_URL'],
  [{ SMTP_URL: 'smtp://user:100%@mail.example.org' }, 'SMTP_URL'],
  [{ MAIL_FROM: 'Jarvis <jarvis>' }, 'MAIL_FROM'],
  [{ REGISTRATION: 'domains:' }, 'REGISTRATION'],
  [{ REGISTRATION: 'domains:example.org,@example.net' }, 'REGISTRATION'],
  [{ REGISTRATION: 'off' }, 'REGISTRATION'],
  [{ REGISTER_BY_LETTER: 'on' }, 'REGISTER_BY_LETTER'],
  [{ ADMIN_EMAIL: 'root@example.org' }, 'ADMIN_PASSWORD'],
  [{ ADMIN_PASSWORD: 'a sentence' }, 'ADMIN_EMAIL'],
  [{ EGRESS_ALLOW_HOSTS: 'http://wiki.example.org/' }, 'EGRESS_ALLOW_HOSTS'],
  [{ EGRESS_ALLOW_HOSTS: 'wiki,10.0.0.5:8080,a/b' }, 'EGRESS_ALLOW_HOSTS'],
  [{ WEB_CONCURRENCY: '2' }, 'REDIS_URL'],
  [{ JARVIS_ROLES: 'api' }, 'REDIS_URL'],
  [{ MODELS_FILE: '/nowhere.json' }, 'MODELS_FILE'],
  [{ BLOBS_URL: 's3://key:secret@host' }, 'BLOBS_URL'],
  [{ BACKUP_URL: '/backups' }, 'BACKUP_KEY'],
  [{ BACKUP_KEY: 'too short' }, 'BACKUP_KEY'],
  [{ BACKUP_EVERY: '1m' }, 'BACKUP_EVERY'],
  [{ BACKUP_EVERY: 'daily' }, 'BACKUP_EVERY'],
  [{ BACKUP_KEEP: '0' }, 'BACKUP_KEEP'],
  [{ BACKUP_KEEP: '7,14' }, 'BACKUP_KEEP'],
  [{ BLOBS_URL: 's3://key@host/bucket' }, 'BLOBS_URL'],
  [{ BLOBS_URL: 's3:///bucket' }, 'BLOBS_URL'],
  [{ BLOBS_URL: 's3://host/bucket?regoin=x' }, 'BLOBS_URL'],
  [{ BLOBS_URL: 'https://host/bucket' }, 'BLOBS_URL'],
  [{ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', STRIPE_PRICE_PRO: 'price_1' }, 'STRIPE_PRICE_ENTERPRISE'],
  [{ STRIPE_PRICE_PRO: 'price_1', STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_PRICE_ENTERPRISE: 'price_2' }, 'STRIPE_WEBHOOK_SECRET'],
  [{ STRIPE_SECRET_KEY: 'pk_live_1' }, 'STRIPE_SECRET_KEY'],
  [{ ...stripe, STRIPE_PRICE_PRO_YEARLY: 'price_2' }, 'STRIPE_PRICE_PRO'],
  [{ BILLING_GRACE_DAYS: '-1' }, 'BILLING_GRACE_DAYS'],
  [{ JWT_SECRET: '', NODE_ENV: 'production' }, 'JWT_SECRET'],
  [{ SECRETS_KEY: 'x'.repeat(32) }, 'SECRETS_KEY'],
  [{ NODE_ENV: 'production', DATABASE_URL: 'postgres://database/jarvis' }, 'SECRETS_KEY'],
])('%j is refused by name', (settings, name) => {
  expect(() => readConfig({ ...base, ...settings })).toThrow(expect.objectContaining({ faults: [expect.stringMatching(`^${name}: `)] }))
})

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('.env.example and docs/settings.md name every setting, in order and with one default', () => {
  const example = [...text('.env.example').matchAll(/^#?\s?([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name, preset]) => [name, preset])
  expect(example.map(([name]) => name)).toEqual(Object.keys(Environment.shape))
  const documented = [...text('docs/settings.md').matchAll(/^- `([A-Z][A-Z_]+)`(?: \(`([^`]*)`\))?: /gm)]
  expect(documented.map(([, name, preset]) => [name, preset ?? ''])).toEqual(example)
})

const missing = join(mkdtempSync(join(tmpdir(), 'jarvis-config-')), 'missing')

test('a setting may come from a file, as secrets do; the line end is none of it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'jarvis-config-')), 'secret')
  writeFileSync(file, `${'y'.repeat(32)}\n`)
  expect(readConfig({ DATA_DIR: base.DATA_DIR, JWT_SECRET_FILE: file }).jwtSecret).toBe('y'.repeat(32))
})

test.each([
  [{ JWT_SECRET_FILE: missing }, `JWT_SECRET_FILE: cannot read ${missing} (ENOENT)`],
  [{ JWT_SECRET: 'x'.repeat(32), JWT_SECRET_FILE: import.meta.filename }, 'JWT_SECRET_FILE: JWT_SECRET is set too; keep one of them'],
])('%j is refused by name', (settings, fault) => {
  expect(() => readConfig({ DATA_DIR: base.DATA_DIR, ...settings })).toThrow(expect.objectContaining({ faults: [fault] }))
})

test('the secret is made once, whole; of processes that start at once all have the same', async () => {
  const { JWT_SECRET: _, ...unset } = base
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-config-'))
  const read = () => readConfig({ ...unset, DATA_DIR: folder }).jwtSecret
  expect(read()).toBe(read())
  expect(Buffer.byteLength(read())).toBeGreaterThanOrEqual(32)
  expect(readdirSync(folder)).toEqual(['jwt-secret'])

  const program = `import { keptSecret } from ${JSON.stringify(new URL('config/data-folder.ts', import.meta.url))}; process.stdout.write(keptSecret(process.argv[1]))`
  const together = mkdtempSync(join(tmpdir(), 'jarvis-config-'))
  const run = promisify(execFile)
  const secrets = await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, ['--input-type=module', '-e', program, together])))
  expect(new Set(secrets.map(({ stdout }) => stdout)).size).toBe(1)
  expect(readdirSync(together)).toEqual(['jwt-secret'])
})

test.each([
  ['empty', ''],
  ['of one byte', 'x'],
  ['half written', 'A'.repeat(21)],
  ['nothing but spaces', ' '.repeat(64)],
])('a kept secret that is %s is refused, and stays for the operator to see', (_what, text) => {
  const { JWT_SECRET: _, ...unset } = base
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-config-'))
  writeFileSync(join(folder, 'jwt-secret'), text)
  expect(() => readConfig({ ...unset, DATA_DIR: folder })).toThrow(/DATA_DIR: the secret in .*jwt-secret has \d+ bytes/)
  expect(readFileSync(join(folder, 'jwt-secret'), 'utf8')).toBe(text)
})

test.each([
  [undefined, true],
  ['http://localhost:3000', true],
  ['http://127.0.0.1:8080', true],
  ['http://[::1]:3000', true],
  ['https://jarvis.localhost', true],
  ['https://jarvis.example.org', false],
  ['http://localhost.example.org', false],
  ['http://127.0.0.1.example.org', false],
  ['http://10.0.0.5:3000', false],
])('PUBLIC_URL %s names this machine: %s', (publicUrl, isLocal) => {
  expect(readConfig({ ...base, ...(publicUrl && { PUBLIC_URL: publicUrl }) }).isLocal).toBe(isLocal)
})
