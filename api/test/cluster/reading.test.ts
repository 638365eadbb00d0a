import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startCluster, startModel, until } from './cluster.ts'

test('kill -9 of the whole server while a file is read: it is read after the next start, each passage once', { timeout: 240_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-reading-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  await using model = await startModel(() => ({ text: 'Yes.' }))
  const entry = fileURLToPath(new URL('main-with-short-locks.ts', import.meta.url))
  await using cluster = await startCluster({ modelUrl: model.url, replicas: [{}], settings: { DATA_DIR: dataDir }, entry })
  const [server] = cluster.replicas
  const person = await cluster.signUp()
  const { get } = person.on(server!.url)

  // Nobody can keep a passage for now: so far the reader comes, and no further.
  const barrier = new pg.Client({ connectionString: cluster.databaseUrl })
  await barrier.connect()
  await barrier.query('begin; lock table file_passages in share mode')
  const form = new FormData()
  form.append('file', new Blob(['# One\nfirst\n# Two\nsecond\n# Three\nthird\n']), 'three.md')
  const headers = { authorization: `Bearer ${person.token}` }
  const sent = await fetch(`${server!.url}/api/v1/files`, { method: 'POST', headers, body: form })
  const { id } = (await sent.json()) as { id: string }
  const waits = () => cluster.query(`select 1 from pg_locks where relation = 'file_passages'::regclass and not granted`)
  await until(async () => (await waits()).length > 0)
  await server!.kill()
  await barrier.query('rollback')
  await barrier.end()
  await until(async () => (await waits()).length === 0)
  expect(await cluster.query('select status from files')).toEqual([{ status: 'processing' }])

  await server!.start()
  await until(async () => (await get(`/api/v1/files/${id}`)).body.status === 'ready', 120_000)
  const passages = await cluster.query<{ heading: string }>('select heading from file_passages order by position')
  expect(passages.map(({ heading }) => heading)).toEqual(['One', 'Two', 'Three'])
})
