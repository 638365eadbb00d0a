import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Environment, readConfig } from './config.ts'

const base = { DATA_DIR: '/tmp/jarvis-config-test', JWT_SECRET: 'x'.repeat(32) }

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

test('an empty variable counts as unset', () => {
  expect(readConfig({ ...base, REDIS_URL: '', PORT: '' })).toMatchObject({ redisUrl: undefined, port: 3000 })
})

test.each([
  [{ PORT: '70000' }, 'PORT'],
  [{ REDIS_URL: 'http://x' }, 'REDIS_URL'],
  [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
  [{ TRUST_PROXY: 'proxy.example' }, 'TRUST_PROXY'],
  [{ WEB_CONCURRENCY: '2' }, 'REDIS_URL'],
  [{ JARVIS_ROLES: 'api' }, 'REDIS_URL'],
  [{ MODELS_FILE: '/nowhere.json' }, 'MODELS_FILE'],
  [{ JWT_SECRET: '', NODE_ENV: 'production' }, 'JWT_SECRET'],
])('%j is refused by name', (settings, name) => {
  expect(() => readConfig({ ...base, ...settings })).toThrow(expect.objectContaining({ faults: [expect.stringMatching(`^${name}: `)] }))
})

test('.env.example names every setting, in order', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
  const named = [...example.matchAll(/^#?\s?([A-Z][A-Z_]+)=/gm)].map((match) => match[1])
  expect(named).toEqual(Object.keys(Environment.shape))
})
