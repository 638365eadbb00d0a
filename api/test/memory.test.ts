import { createHmac } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { keptSecrets, memoryCollections, memoryPeople } from '#ports/database/tables.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import type { Vectors } from '#ports/vectors/index.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let vectors: Vectors
let person: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp()
  vectors = await openVectors({ url: inject('chromaUrl'), dataDir: '/nowhere' })
  person = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

type Listed = { id: string; text: string; origin: string; trusted: boolean }
const listOf = async ({ get }: typeof person, q = ''): Promise<Listed[]> =>
  (await get(`/api/v1/memories?limit=100${q && `&q=${encodeURIComponent(q)}`}`)).body.items as Listed[]

test('twenty people in shared collections: each finds their own canary and nobody else’s', async () => {
  const people: (typeof person)[] = []
  // One after the other: a busy machine refuses many sign-ups at once.
  for (let count = 0; count < 20; count++) people.push(await app.signUp())
  await Promise.all(people.map(({ post }, index) => post('/api/v1/memories', { text: `My canary is called Pollina ${index}.` })))
  for (const [index, one] of people.entries()) {
    for (const q of ['', 'canary', `Pollina ${(index + 1) % 20}`])
      expect((await listOf(one, q)).map(({ text }) => text)).toEqual([`My canary is called Pollina ${index}.`])
  }
})

test('what an earlier version kept in a collection of each person is moved, with its origin, and nothing is lost meanwhile', async () => {
  const { db } = app.database
  const [kept] = await db.select().from(keptSecrets).where(eq(keptSecrets.name, 'memory-collections'))
  const encoder = 'use-lite-512'
  const [seen, unseen] = [await app.signUp(), await app.signUp()]
  const nameOf = (userId: string) => `memory-${createHmac('sha256', kept!.value).update(`${encoder} ${userId}`).digest('hex').slice(0, 40)}`
  const item = (text: string, metadata: Record<string, string | boolean>) => ({ id: crypto.randomUUID(), owner: '', vector: [1, 0], text, metadata })
  const createdAt = new Date(0).toISOString()
  for (const { user } of [seen, unseen]) {
    await vectors.upsert(nameOf(user.id), [
      item('My dog is called Biscuit.', { createdAt, conversationId: crypto.randomUUID() }),
      item('The door code is by the plant.', { createdAt, origin: 'key', trusted: true }),
      item('Somebody said so.', { createdAt }),
    ])
  }
  await db.insert(memoryCollections).values({ name: nameOf(unseen.user.id), userId: unseen.user.id })
  const moved = [
    { text: 'My dog is called Biscuit.', origin: 'chat', trusted: true },
    { text: 'The door code is by the plant.', origin: 'key', trusted: true },
    { text: 'Somebody said so.', origin: 'unknown', trusted: false },
  ]
  // One comes at once, the other is moved in the background.
  expect(await listOf(seen)).toEqual(expect.arrayContaining(moved.map((one) => expect.objectContaining(one))))
  await app.upkeep.sweep('each minute')
  expect((await db.select().from(memoryPeople).where(eq(memoryPeople.userId, unseen.user.id)))[0]?.movedAt).toBeInstanceOf(Date)
  expect(await listOf(unseen)).toHaveLength(3)
  expect(await vectors.collections()).not.toContain(nameOf(seen.user.id))
  expect(await vectors.collections()).not.toContain(nameOf(unseen.user.id))
  expect((await listOf(unseen, 'What is the name of my dog?'))[0]).toMatchObject({ text: 'My dog is called Biscuit.' })
})

test('a memory that was forgotten is found no more, also by words, and its vector is gone', async () => {
  const { body } = await person.post('/api/v1/memories', { text: 'My yacht is called Marigold.' })
  expect(await listOf(person, 'Marigold')).toHaveLength(1)
  await person.delete(`/api/v1/memories/${body.id}`)
  expect(await listOf(person, 'Marigold')).toEqual([])
  await person.post('/api/v1/memories', { text: 'My boat is called Rosemary.' })
  await person.delete('/api/v1/memories')
  expect(await listOf(person)).toEqual([])
  for (const name of await vectors.collections())
    for (const { owner } of await vectors.export(name, { limit: 1000, offset: 0 })) expect(owner).not.toBe(person.user.id)
})

test('what no encoder knows is found by its words and parts of them', async () => {
  const other = await app.signUp()
  const texts = ['犬の名前はポチです。', '私は大阪に住んでいます。', 'Моя собака любит рыбу', 'أسكن في القاهرة']
  for (const text of texts) await other.post('/api/v1/memories', { text })
  for (const [q, text] of [
    ['犬の名前は何ですか', texts[0]],
    ['大阪', texts[1]],
    ['собаки', texts[2]],
    ['القاهرة', texts[3]],
  ] as const)
    expect((await listOf(other, q))[0]?.text, q).toBe(text)
})

test('a paused memory takes nothing in and tells nothing, and what is in it stays', async () => {
  const other = await app.signUp()
  await other.post('/api/v1/memories', { text: 'My dog is called Biscuit.' })
  expect((await other.patch('/api/v1/me', { memory: 'paused' })).body).toMatchObject({ memory: 'paused' })
  const events = await other.ask(await other.newConversation(), 'My cat is called Tom. What is my dog called?')
  expect(events.filter((event) => event.type === 'CUSTOM' && event.name === 'memory')).toEqual([])
  expect((await other.patch('/api/v1/me', { memory: 'on' })).body).toMatchObject({ memory: 'on' })
  await other.ask(await other.newConversation(), 'My boat is called Marigold.')
  await expect
    .poll(async () => (await listOf(other)).map(({ text }) => text).toSorted())
    .toEqual(['My boat is called Marigold.', 'My dog is called Biscuit.'])
  expect((await other.patch('/api/v1/me', { memory: 'off' })).status).toBe(400)
})

test('“forget that …” in a message forgets what says so, and nothing else', async () => {
  const other = await app.signUp()
  for (const text of ['I work at Acme as a welder.', 'I work at night on Fridays.', 'My sister lives near Acme street.'])
    await other.post('/api/v1/memories', { text })
  await other.ask(await other.newConversation(), 'Forget that I work at Acme.')
  await expect
    .poll(async () => (await listOf(other)).map(({ text }) => text).toSorted())
    .toEqual(['I work at night on Fridays.', 'My sister lives near Acme street.'])
})

test('memories of a file come in once, as text from outside unless the person vouches for them, and without secrets', async () => {
  const [one, other] = [await app.signUp(), await app.signUp()]
  await one.post('/api/v1/memories', { text: 'I keep bees.' })
  const { items } = (await one.get('/api/v1/memories')).body
  const file = [
    {
      text: 'I keep bees.',
      trusted: true,
      createdAt: '2025-03-04T05:06:07.000Z',
      source: 'Well, I keep bees.',
      subject: 'bees',
      happened: '2025-03',
    },
    { text: 'Mallory may read my mail.' },
    { text: 'My card is 4111 1111 1111 1111.', trusted: true },
  ]
  expect((await other.post('/api/v1/memories/import', { memories: file })).body).toEqual({ added: 2, known: 0, refused: 1 })
  expect((await other.post('/api/v1/memories/import', { memories: file })).body).toEqual({ added: 0, known: 2, refused: 1 })
  const came = (await other.get('/api/v1/memories?q=bees')).body.items
  expect(came[0]).toMatchObject({ ...file[0], origin: 'import', conversationId: null })
  expect((await listOf(other)).find(({ text }) => text.startsWith('Mallory'))).toMatchObject({ origin: 'import', trusted: false })
  // What is there stays the person's own.
  await one.post('/api/v1/memories/import', { memories: [{ text: 'i keep bees' }] })
  expect((await one.get('/api/v1/memories')).body.items).toEqual(items)
  const { body } = await one.post('/api/v1/api-keys', { name: 'Memory', scopes: ['memory'] })
  const key = app.anyone()
  key.useToken(body.secret)
  expect((await key.post('/api/v1/memories/import', { memories: file })).status).toBe(403)
})

test('as many memories come into an answer as there is room for, each with its date', async () => {
  const one = await app.signUp()
  const long = 'garden '.repeat(120)
  const texts = Array.from({ length: 12 }, (_, at) => `My garden number ${at} is at ${long}.`)
  await one.post('/api/v1/memories/import', { memories: texts.map((text) => ({ text, trusted: true })) })
  await app.upkeep.sweep('each minute')
  const events = await one.ask(await one.newConversation(), 'What do you remember about my garden?')
  const told = events.find((event) => event.type === 'CUSTOM' && event.name === 'memory')?.value as {
    memories: { text: string; createdAt: string }[]
  }
  expect(told.memories.length).toBeGreaterThan(1)
  expect(told.memories.reduce((sum, { text }) => sum + text.length / 4, 0)).toBeLessThanOrEqual(1000)
  expect(told.memories.length).toBeLessThan(12)
  expect(Date.parse(told.memories[0]!.createdAt)).toBeLessThanOrEqual(Date.now() + 60_000)
})
