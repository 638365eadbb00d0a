import { globSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startModel, until } from './cluster/cluster.ts'
import { startTestApp } from './test-app.ts'

test('after an erasure and the night’s upkeep no file of the embedded engines holds a word of the person', { timeout: 120_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-scrub-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const model = stack.use(await startModel(() => ({ text: 'Answer canary-answer-7731.' })))
  const app = stack.use(await startTestApp({ DATA_DIR: dataDir, DATABASE_URL: '', CHROMA_URL: '', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' }))
  const holding = (words: string[]) => {
    const files = globSync('**', { cwd: dataDir }).filter((path) => statSync(join(dataDir, path)).isFile())
    return files.flatMap((path) => {
      const bytes = readFileSync(join(dataDir, path))
      return words.filter((word) => bytes.includes(word)).map((word) => `${word} in ${path}`)
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
  await app.database.pool.query('analyze')
  const words = ['canary-mail', 'Canary-Name', 'canary-memory', 'canary-question', 'canary-answer', person.user.id]
  const held = holding(words)
  expect(words.filter((word) => !held.some((line) => line.startsWith(word)))).toEqual([])

  expect([202, 204]).toContain((await person.delete('/api/v1/me')).status)
  await until(async () => (await app.database.pool.query('select from erasures where finished_at is null')).rowCount === 0)
  await app.upkeep.scrub(0)
  expect(holding(words.filter((word) => word !== person.user.id))).toEqual([])
  // What others have is there.
  expect((await keeper.get('/api/v1/memories?q=Pollina')).body.items).toHaveLength(1)
  expect((await keeper.get('/api/v1/me')).status).toBe(200)
})
