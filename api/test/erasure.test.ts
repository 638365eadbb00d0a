import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, expect, test } from 'vitest'
import { readConfig } from '#config.ts'
import { openBundledChroma } from '#ports/vectors/bundled-chroma.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { openOperator } from '../src/operator.ts'
import { startModel, until } from './cluster/cluster.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const fact = 'Remember that my canary is called Pollina.'
const listed = async ({ database }: TestApp, query: string) => (await database.pool.query(query)).rows

const isErased = async (app: TestApp) => (await listed(app, 'select from erasures where finished_at is null')).length === 0

/** The real store, with the names of what was written to, and a gate before each write. */
function watched(vectors: Vectors, gate: () => Promise<void> = async () => {}) {
  const [written, stored] = [new Set<string>(), new Set<string>()]
  const upsert: Vectors['upsert'] = async (name, ...rest) => {
    written.add(name)
    await gate()
    await vectors.upsert(name, ...rest)
    stored.add(name)
  }
  const left = async () => {
    const names = (await vectors.collections()).filter((name) => written.has(name))
    return (await Promise.all(names.map((name) => vectors.export(name, { limit: 100, offset: 0 })))).flat()
  }
  return { written, stored, left, vectors: { ...vectors, upsert } }
}

test('thirty people who are erased right after they told something leave nothing, in no store', async () => {
  await using model = await startModel(() => ({ text: 'I see.' }))
  const store = watched(await openVectors({ url: inject('chromaUrl'), dataDir: '/nowhere' }))
  {
    await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' }, { replace: { vectors: store.vectors } })
    await app.signUp()
    // Passwords are hashed one after the other: thirty at once may wait longer than the door lets them.
    const people: Awaited<ReturnType<typeof app.signUp>>[] = []
    while (people.length < 30) people.push(...(await Promise.all(Array.from({ length: 3 }, () => app.signUp()))))
    const answers = await Promise.all(
      people.map(async (person, index) => {
        const id = await person.newConversation()
        // Erased while the run, its job, or a request of their own is at work.
        if (index % 3 === 0) await person.ask(id, fact)
        else if (index % 3 === 1) await person.post(`/api/v1/conversations/${id}/messages`, { messageId: crypto.randomUUID(), content: fact })
        else void person.post('/api/v1/memories', { text: fact }).catch(() => undefined)
        if (index === 2) await until(() => store.stored.size > 0)
        return (await person.delete('/api/v1/me')).status
      }),
    )
    expect(answers.every((status) => status === 204 || status === 202)).toBe(true)
    await until(async () => (await isErased(app)) && (await store.left()).length === 0)
    for (const table of ['conversations', 'messages', 'runs', 'memories', 'memory_collections', 'memory_people', 'erasure_steps'])
      expect(await listed(app, `select from ${table}`), table).toHaveLength(0)
    expect(await listed(app, 'select from users')).toHaveLength(1)
  }
  // Nor once everything that was still at work has ended.
  expect(store.stored.size).toBeGreaterThan(0)
  expect(await store.left()).toEqual([])
})

test('a memory that was with the store while its person was erased is taken back', async () => {
  await using model = await startModel(() => ({ text: 'I see.' }))
  const [reached, passed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const store = watched(await openVectors({ url: inject('chromaUrl'), dataDir: '/nowhere' }), () => {
    reached.resolve()
    return passed.promise
  })
  await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' }, { replace: { vectors: store.vectors } })
  await app.signUp()
  const person = await app.signUp()
  await person.ask(await person.newConversation(), fact)
  await reached.promise
  expect((await person.delete('/api/v1/me')).status).toBe(204)
  passed.resolve()
  await until(() => store.stored.size === 1)
  await until(async () => (await isErased(app)) && (await store.left()).length === 0)
})

test('with the memories’ store hanging the account is closed at once, and the rest follows when it is back', { timeout: 90_000 }, async () => {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-chroma-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const chroma = stack.use(await openBundledChroma({ dataDir }))
  const { pid } = JSON.parse(await readFile(join(dataDir, 'chroma/server.json'), 'utf8')) as { pid: number }
  const app = stack.use(await startTestApp({ CHROMA_URL: chroma.url }))
  await app.signUp()
  const person = await app.signUp()
  expect((await person.post('/api/v1/memories', { text: 'My canary is called Pollina.' })).status).toBe(201)
  const socket = await person.socket({ token: person.accessToken })
  process.kill(pid, 'SIGSTOP')
  stack.defer(() => void process.kill(pid, 'SIGCONT'))
  const started = performance.now()
  expect((await person.delete('/api/v1/me')).status).toBe(202)
  expect(performance.now() - started).toBeLessThan(30_000)
  expect((await socket.closed).code).toBe(4403)
  expect((await person.get('/api/v1/me')).body.code).toBe('unauthenticated')
  const { email, password } = person.person
  expect((await app.anyone().post('/api/v1/auth/login', { email, password })).body.code).toBe('invalid_credentials')
  expect(await listed(app, 'select from users')).toHaveLength(1)
  expect(await listed(app, 'select store from erasure_steps')).toEqual([{ store: 'memories' }])
  process.kill(pid, 'SIGCONT')
  await until(() => isErased(app), 60_000)
  const vectors = await openVectors({ url: chroma.url, dataDir })
  for (const name of await vectors.collections()) expect(await vectors.export(name, { limit: 1, offset: 0 })).toEqual([])
})

test('a stream that is open ends, and the run that fed it is gone', async () => {
  await using model = await startModel(() => ({ text: 'Once upon a time there was a story. '.repeat(100), delayMs: 1000 }))
  await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' })
  await app.signUp()
  const person = await app.signUp()
  const id = await person.newConversation()
  const { body } = await person.post(`/api/v1/conversations/${id}/messages`, { messageId: crypto.randomUUID(), content: 'Tell me a story.' })
  const headers = { authorization: `Bearer ${person.accessToken}` }
  const stream = await fetch(`${app.url}/api/v1/runs/${body.runId}/events`, { headers })
  const reading = stream.text()
  await until(async () => (await listed(app, `select from runs where status = 'running'`)).length === 1)
  expect((await person.delete('/api/v1/me')).status).toBe(204)
  // Never for want of rows in the middle of the answer: the run is stopped and the access ends, whichever is told first.
  expect(await reading).toMatch(/"type":"RUN_FINISHED".*"cancelled"|"code":"unauthenticated"/)
  expect(await listed(app, 'select from runs')).toEqual([])
})

test('the operator erases an account the same way, and not the last administrator’s', async () => {
  await using app = await startTestApp()
  const [admin, person] = [await app.signUp(), await app.signUp()]
  await using operator = await openOperator(
    readConfig({ DATA_DIR: '/nowhere', LOG_LEVEL: 'silent', CHROMA_URL: inject('chromaUrl'), ...app.settings }),
  )
  expect(await operator.erase(person.person.email)).toBe(true)
  expect((await person.get('/api/v1/me')).status).toBe(401)
  await app.signUp()
  await expect(operator.erase(admin.person.email)).rejects.toMatchObject({ code: 'conflict' })
  expect((await admin.get('/api/v1/me')).status).toBe(200)
})

test('nobody is enabled again while they are being erased: a key that is still there stays shut', async () => {
  await using app = await startTestApp()
  const [admin, person] = [await app.signUp(), await app.signUp()]
  const program = app.anyone()
  program.useToken((await person.post('/api/v1/api-keys', { name: 'k' })).body.secret)
  expect((await program.get('/api/v1/me')).status).toBe(200)
  // As between the tombstone and the end of the rows, however long a run takes to stop.
  await app.database.pool.query('update users set disabled_at = now() where id = $1', [person.user.id])
  await app.database.pool.query(`insert into erasures (user_id, next_attempt_at) values ($1, now() + interval '1 hour')`, [person.user.id])
  const enabled = await admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled: false })
  expect(enabled).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.being_erased' } } })
  expect((await program.get('/api/v1/me')).status).toBe(401)
  await app.database.pool.query('update erasures set next_attempt_at = now()')
  await until(() => isErased(app), 60_000)
  expect(await listed(app, 'select from users')).toHaveLength(1)
})
