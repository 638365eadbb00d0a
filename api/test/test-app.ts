import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type AppOptions, createApp } from '#app.ts'
import { readConfig } from '#config.ts'
import { auditOutbox } from '#ports/database/tables.ts'
import { createClient } from './client.ts'
import { freePort } from './engines/free-port.ts'
import { administer, databaseUrl } from './engines/postgres.ts'

export type TestApp = Awaited<ReturnType<typeof startTestApp>>

/** A whole Jarvis behind a real port, on the run's engines, with a database of its own. Takes settings as the environment has them. */
export async function startTestApp(settings: Record<string, string> = {}, options: AppOptions = {}) {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-app-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const databaseUrl = settings.DATABASE_URL ?? (await copyDatabase(stack))
  const port = settings.PORT ?? String(await freePort())
  const config = readConfig({
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    CHROMA_URL: inject('chromaUrl'),
    LOG_LEVEL: 'silent',
    // A model is asked what a test asks it, and no more.
    CONVERSATION_TITLES: 'words',
    MEMORY_FACTS: 'rules',
    PORT: port,
    ...settings,
  })
  const practice = config.provider.kind === 'practice' && { provider: { baseUrl: inject('practiceUrl'), apiKey: 'practice' } }
  // A hash that costs a quarter of a second, for each person of each test, is a good part of all that the tests do.
  const app = stack.use(await createApp(config, { passwordCost: 4, ...options, replace: { ...practice, ...options.replace } }))
  await app.listen()
  const url = `http://127.0.0.1:${port}`
  const resources = stack.move()
  return {
    ...app,
    url,
    dataDir,
    settings: { DATABASE_URL: databaseUrl, PORT: port },
    /** A person of their own, signed in; the first of an app is its admin. */
    signUp: (fields: Partial<Person> = {}) => signUp(url, fields),
    anyone: () => createClient(url),
    /** All that is audited so far, in its order. While a process links, what came after it began waits for the next to link it. */
    async auditRows() {
      do await app.audit.verify()
      while ((await app.database.db.$count(auditOutbox)) > 0)
      return await app.database.db.query.audit.findMany({ orderBy: ({ id }, { asc }) => asc(id) })
    },
    /** What somebody could do who owns the database. */
    async tamper(statement: string): Promise<void> {
      await app.database.pool.query(`alter table audit disable trigger user; ${statement}; alter table audit enable trigger user`)
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

export type Person = { email: string; password: string; name: string }

export const newPerson = (): Person => ({
  email: `p${randomBytes(6).toString('hex')}@example.org`,
  password: 'correct horse battery',
  name: 'Ada Test',
})

async function signUp(url: string, fields: Partial<Person>) {
  const person = { ...newPerson(), ...fields }
  const client = createClient(url)
  const { status, body } = await client.post('/api/v1/auth/register?transport=body', person)
  if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`)
  const { user, accessToken, refreshToken } = body as { user: { id: string; role: string }; accessToken: string; refreshToken: string }
  client.useToken(accessToken)
  return { ...client, person, user, accessToken, refreshToken }
}

/** A copy of the migrated database, or of `template`, dropped with `stack`. */
export async function copyDatabase(stack: AsyncDisposableStack, template = 'jarvis'): Promise<string> {
  const { host, user } = inject('postgres')
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(host, user, `create database ${name} template ${template} strategy file_copy`)
  stack.defer(() => administer(host, user, `drop database ${name} with (force)`))
  return databaseUrl(host, user, name)
}
