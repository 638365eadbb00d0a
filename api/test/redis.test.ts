import { expect, test } from 'vitest'
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
