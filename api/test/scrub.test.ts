import { globSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'pg'
import { expect, test } from 'vitest'
import { startModel, until } from './cluster/cluster.ts'
import { startTestApp } from './test-app.ts'

test('after an erasure and the night’s upkeep no file of the embedded engines holds a word of the person', { timeout: 120_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-scrub-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const model = stack.use(await startModel(() => ({ text: 'Answer canary-answer-7731.' })))
  const app = stack.use(await startTestApp({ DATA_DIR: dataDir, DATABASE_URL: '', CHROMA_URL: '', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' }))
  const holding = (words: (string | Buffer)[]) => {
    const files = globSync('**', { cwd: dataDir }).filter((path) => statSync(join(dataDir, path)).isFile())
    return files.flatMap((path) => {
      const bytes = readFileSync(join(dataDir, path))
      return words.filter((word) => bytes.includes(word)).map((word) => `${typeof word === 'string' ? word : 'vector'} in ${path}`)
    })
  }
  const keeper = await app.signUp({ email: 'canary-keeper@example.org' })
  await keeper.post('/api/v1/memories', { text: 'My canary-kept-9 is called Pollina.' })
  const person = await app.signUp({ email: 'canary-mail@example.org', name: 'Canary-Name' })
  await app.anyone().post('/api/v1/auth/register', { email: 'canary-mail@example.org', name: 'Twin', password: 'correct horse battery' })
  await person.post('/api/v1/memories', { text: 'My canary-memory-5512 is called Pollina.' })
  const id = await person.newConversation()
  await person.ask(id, 'Remember that my canary-question-1123 is yellow.')
  await person.post('/api/v1/auth/login', { email: 'canary-mail@example.org', password: 'wrong wrong wrong' })
  const { pool } = app.database
  const notes = async () => (await pool.query(`select what, swept_at from sweeps where what like 'files of %' order by what`)).rows
  await app.upkeep.scrub({ folderGraceMs: 0 })
  const first = await notes()
  expect(first.length).toBeGreaterThan(20)
  // Rows that have had their time are nobody's wish.
  await pool.query(`insert into stripe_events (id, type) values ('e', ''); delete from stripe_events; analyze`)
  await app.upkeep.scrub({ folderGraceMs: 0 })
  expect(await notes()).toEqual(first)

  const { body: letGo } = await keeper.post('/api/v1/memories', { text: 'My canary-let-go-31 lives in Lisbon.' })
  expect((await keeper.delete(`/api/v1/memories/${letGo.id}`)).status).toBe(204)
  const words = ['canary-mail', 'Canary-Name', 'canary-memory', 'canary-question', 'canary-answer', 'canary-let-go']
  const held = holding(words)
  const { body: memories } = await person.get('/api/v1/memories')
  const vectors = vectorsIn(join(dataDir, 'chroma/data/chroma.sqlite3'), [letGo, ...memories.items])
  expect(vectors).toHaveLength(3)
  expect(words.filter((word) => !held.some((line) => line.startsWith(word)))).toEqual([])

  expect([202, 204]).toContain((await person.delete('/api/v1/me')).status)
  await until(async () => (await pool.query('select from erasures where finished_at is null')).rowCount === 0)
  {
    // Not one of the pool: in a transaction a connection does not hand in what it has counted.
    const readers = new Pool(app.database.connection)
    stack.defer(() => readers.end())
    await using reader = await transaction(readers)
    await reader.query('select from messages')
    const reading = { isOver: false }
    const others = useMeanwhile(pool, 'messages', reading)
    const isLeft = async () => await app.upkeep.scrub({ folderGraceMs: 0, triesMax: 2 }).then(() => false, String)
    // The server counts what was deleted with some seconds' delay.
    await until(async () => /left for the next try: .*public\.messages/.test(String(await isLeft())))
    reading.isOver = true
    expect(await others).toBeGreaterThan(0)
  }
  await until(async () => {
    await app.upkeep.scrub({ folderGraceMs: 0 })
    return holding([...words, ...vectors]).length === 0
  })
  const [before, after] = [new Map(first.map((row) => [row.what, row.swept_at])), await notes()]
  const isNew = (what: string) => after.find((row) => row.what === what).swept_at > before.get(what)
  expect(['public.messages', 'public.users', 'public.kept_secrets', 'public.audit'].map((name) => isNew(`files of ${name}`))).toEqual([
    true,
    true,
    false,
    false,
  ])
  // What others have is there.
  expect((await keeper.get('/api/v1/memories?q=Pollina')).body.items).toHaveLength(1)
  expect((await keeper.get('/api/v1/me')).status).toBe(200)
})

/** The numbers that Chroma keeps of these, as they stand in its files. */
function vectorsIn(file: string, items: { id: string }[]): Buffer[] {
  using database = new DatabaseSync(file, { readOnly: true })
  const read = database.prepare('select vector from embeddings_queue where id = ? and vector is not null')
  return items.flatMap(({ id }) => read.all(id).map(({ vector }) => Buffer.from(vector as Uint8Array)))
}

async function transaction(pool: Pool) {
  const client = await pool.connect()
  await client.query('begin')
  const query = (text: string) => client.query(text)
  return { query, [Symbol.asyncDispose]: async () => void (await client.query('rollback').finally(() => client.release())) }
}

/** Uses the table as a statement that writes does, again and again. Returns how often; fails where it has to wait. */
async function useMeanwhile(pool: Pool, table: string, meanwhile: { isOver: boolean }): Promise<number> {
  let times = 0
  for (; !meanwhile.isOver; times++) {
    await using writer = await transaction(pool)
    await writer.query(`set local lock_timeout = '500ms'; lock table ${table} in row exclusive mode`)
  }
  return times
}
