import { expect, test } from 'vitest'
import { openRedis } from '#ports/redis/index.ts'
import { textOf } from './client.ts'
import { startRedis } from './engines/redis.ts'
import { startTestApp } from './test-app.ts'

test('two processes on one Redis and one database share runs, limits and revocations', async () => {
  await using redis = await startRedis()
  await using one = await startTestApp({ REDIS_URL: redis.url, JWT_SECRET: 'the same secret for both processes' })
  await using two = await startTestApp({
    REDIS_URL: redis.url,
    JWT_SECRET: 'the same secret for both processes',
    DATABASE_URL: one.settings.DATABASE_URL,
  })
  const person = await one.signUp()
  const elsewhere = two.anyone()
  elsewhere.useToken(person.accessToken)

  const conversation = await person.newConversation()
  const { body } = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Count to 30' })
  const [here, there] = await Promise.all([person.events(body.runId), elsewhere.events(body.runId)])
  expect(there).toEqual(here)
  expect(textOf(here.map(({ event }) => event))).toContain('30')

  const send = (client: typeof elsewhere) =>
    client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' })
  // Eight sends of one message, on both, are one request of the window.
  const message = { messageId: crypto.randomUUID(), content: 'Hi' }
  const same = await Promise.all(
    Array.from({ length: 8 }, (_, index) => (index % 2 ? person : elsewhere).post(`/api/v1/conversations/${conversation}/messages`, message)),
  )
  expect(new Set(same.map((answer) => `${answer.status} ${answer.body.runId}`)).size).toBe(1)

  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => send(index % 2 ? person : elsewhere)))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(18)

  const socket = await elsewhere.socket()
  await person.post('/api/v1/auth/logout', { refreshToken: person.refreshToken })
  expect((await socket.closed).code).toBe(4403)
})

test('what one process was answered at temperature 0 the other gives again, free; an erased person takes theirs along', async () => {
  await using redis = await startRedis()
  const settings = { REDIS_URL: redis.url, JWT_SECRET: 'the same secret for both processes' }
  await using one = await startTestApp(settings)
  await using two = await startTestApp({ ...settings, DATABASE_URL: one.settings.DATABASE_URL })
  await one.signUp()
  const [ada, bob] = [await one.signUp(), await one.signUp()]
  const program = async (person: typeof ada, app: typeof one) => {
    const client = app.anyone()
    client.useToken((await person.post('/api/v1/api-keys', { name: 'Program' })).body.secret)
    const body = { model: 'auto', temperature: 0, messages: [{ role: 'user', content: 'What can you do?' }] }
    return (await client.post('/v1/chat/completions', body)).body
  }
  const first = await program(ada, one)
  expect(first.receipt.cached).toBe(false)
  const again = await program(ada, two)
  expect(again).toMatchObject({ choices: first.choices, usage: first.usage, receipt: { cached: true, costMicroUsd: 0 } })
  expect((await program(bob, two)).receipt.cached).toBe(false)

  await using connection = await openRedis(redis.url)
  const kept = () => connection.hvals('jarvis:cache:{answers}:owners')
  expect((await kept()).toSorted()).toEqual([ada.user.id, bob.user.id].toSorted())
  expect((await ada.delete('/api/v1/me')).status).toBe(204)
  expect(await kept()).toEqual([bob.user.id])
})
