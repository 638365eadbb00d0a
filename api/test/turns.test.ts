import { afterAll, beforeAll, expect, test } from 'vitest'
import { textOf } from './client.ts'
import { startRedis } from './engines/redis.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Client = Awaited<ReturnType<TestApp['signUp']>>
type Stored = { id: string; parentId: string | null; role: string; content: string; status: string; runId: string }

// Two replicas: what a person does on one device is on the other, whichever process it is connected to.
let redis: Awaited<ReturnType<typeof startRedis>>
let one: TestApp
let two: TestApp
let person: Client
beforeAll(async () => {
  redis = await startRedis()
  const shared = { REDIS_URL: redis.url, JWT_SECRET: 'the same secret for both processes' }
  one = await startTestApp(shared)
  two = await startTestApp({ ...shared, DATABASE_URL: one.settings.DATABASE_URL })
})
afterAll(async () => {
  for (const started of [two, one, redis]) await started[Symbol.asyncDispose]()
})

/** A person on the first replica, and a socket of theirs on the second. */
async function twoDevices() {
  person = await one.signUp()
  const elsewhere = two.anyone()
  return await elsewhere.socket({ token: person.accessToken })
}

const messagesOf = async (conversation: string): Promise<Stored[]> => (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items
const send = (conversation: string, content: string, fields: object = {}) =>
  person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content, ...fields })

test('what a person does is told to each of their open pages, on every replica, and to nobody else’s', async () => {
  const socket = await twoDevices()
  const stranger = await (await two.signUp()).socket()
  const conversation = await person.newConversation()
  await socket.next('conversation', (frame) => frame.conversation.id === conversation && frame.conversation.title === '')
  const { body } = await send(conversation, 'How high is the tide?')
  expect(await socket.next('run')).toEqual({ type: 'run', conversationId: conversation, ...body })
  await socket.next('conversation', (frame) => frame.conversation.title === 'How high is the tide?')
  await person.patch(`/api/v1/conversations/${conversation}`, { title: 'Tides', archived: true })
  await socket.next('conversation', (frame) => frame.conversation.title === 'Tides' && frame.conversation.archived)
  await person.events(body.runId)
  await person.delete(`/api/v1/conversations/${conversation}`)
  expect(await socket.next('conversation_gone')).toEqual({ type: 'conversation_gone', conversationId: conversation })
  stranger.send({ type: 'ping' })
  await stranger.next('pong')
  expect(stranger.frames).toEqual([])
})

test('a message from a page behind the newest follows what it had not seen; one that had seen it makes a version', async () => {
  await twoDevices()
  const conversation = await person.newConversation()
  const { body: first } = await send(conversation, 'One')
  const seen = { parentId: first.assistantMessageId, seenId: first.assistantMessageId }
  const { body: second } = await send(conversation, 'Two', seen)
  expect(second).not.toHaveProperty('parentId')
  const { body: behind } = await send(conversation, 'Three', seen)
  expect(behind.parentId).toBe(second.assistantMessageId)
  const { body: version } = await send(conversation, 'Two, edited', { ...seen, seenId: behind.assistantMessageId })
  expect(version).not.toHaveProperty('parentId')
  const parents = new Map((await messagesOf(conversation)).map(({ id, parentId }) => [id, parentId]))
  expect([second, behind, version].map(({ messageId }) => parents.get(messageId))).toEqual([
    first.assistantMessageId,
    second.assistantMessageId,
    first.assistantMessageId,
  ])
  for (const { runId } of [first, second, behind, version]) await person.events(runId)
})

test('a question gets another answer beside the first, and which is shown is kept until somebody writes on', async () => {
  const socket = await twoDevices()
  const conversation = await person.newConversation()
  const { body: first } = await send(conversation, 'Hello')
  await person.events(first.runId)
  const again = await person.post(`/api/v1/messages/${first.messageId}/answers`, {})
  expect(again).toMatchObject({ status: 202, body: { messageId: first.messageId } })
  await socket.next('run', ({ runId }) => runId === again.body.runId)
  await person.events(again.body.runId)
  const stored = await messagesOf(conversation)
  expect(stored.map(({ role, parentId }) => [role, parentId])).toEqual([
    ['user', null],
    ['assistant', first.messageId],
    ['assistant', first.messageId],
  ])
  expect(stored[2]).toMatchObject({ status: 'complete', content: stored[1]!.content })

  const leafOf = async () => (await person.get(`/api/v1/conversations/${conversation}`)).body.leafId
  expect((await person.put(`/api/v1/conversations/${conversation}/leaf`, { messageId: first.assistantMessageId })).status).toBe(204)
  await socket.next('conversation', (frame) => frame.conversation.leafId === first.assistantMessageId)
  expect(await leafOf()).toBe(first.assistantMessageId)
  const { body } = await send(conversation, 'On', { parentId: first.assistantMessageId })
  expect(await leafOf()).toBeNull()
  await person.events(body.runId)

  // The same message once more is still its first run.
  expect((await send(conversation, 'Hello', { messageId: first.messageId })).body).toEqual(first)
  const stranger = await one.signUp()
  for (const path of ['answers', 'continue']) expect((await stranger.post(`/api/v1/messages/${first.messageId}/${path}`, {})).status).toBe(404)
  expect((await stranger.put(`/api/v1/conversations/${conversation}/leaf`, { messageId: first.messageId })).status).toBe(404)
  expect((await person.post(`/api/v1/messages/${first.assistantMessageId}/answers`, {})).status).toBe(400)
  expect((await person.put(`/api/v1/conversations/${conversation}/leaf`, { messageId: crypto.randomUUID() })).status).toBe(400)
})

test('an answer that was stopped goes on where it ended, once however often it is asked for, and again after another stop', async () => {
  await twoDevices()
  const conversation = await person.newConversation()
  const socket = await person.socket()
  const stopAt = async (runId: string, text: RegExp) => {
    socket.send({ type: 'subscribe', runId, after: 0 })
    let said = ''
    while (!text.test(said)) {
      const { event } = await socket.next('event', (frame) => frame.runId === runId)
      if (event.type === 'TEXT_MESSAGE_CONTENT') said += event.delta
    }
    socket.send({ type: 'cancel', runId })
    await socket.runToEnd(runId)
  }
  const { body: first } = await send(conversation, 'Count to 150')
  await stopAt(first.runId, /\b12\b/)
  const stopped = (await messagesOf(conversation))[1]!
  const continued = `/api/v1/messages/${first.assistantMessageId}/continue`
  const [next, same] = await Promise.all([person.post(continued), person.post(continued)])
  expect([
    [202, 202],
    [202, 409],
    [409, 202],
  ]).toContainEqual([next.status, same.status])
  const { runId, assistantMessageId } = (next.status === 202 ? next : same).body
  expect(assistantMessageId).toBe(first.assistantMessageId)
  await stopAt(runId, /\b60\b/)
  const last = await person.post(continued)
  const told = textOf((await person.events(last.body.runId)).map(({ event }) => event))
  const [, whole] = await messagesOf(conversation)
  expect(whole).toMatchObject({ status: 'complete', runId: last.body.runId })
  expect(whole!.content.startsWith(stopped.content)).toBe(true)
  expect(whole!.content.match(/\d+/g)!.slice(0, 150).map(Number)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1))
  expect(told.endsWith(whole!.content)).toBe(true)
  expect(await person.post(continued)).toMatchObject({ status: 409, body: { code: 'conflict' } })
})

test('a search shows where the words stand', async () => {
  await twoDevices()
  const conversation = await person.newConversation()
  const { body } = await send(conversation, `${'Something else. '.repeat(30)}The ebb at Brest, and the flood.`)
  await person.events(body.runId)
  const { items } = (await person.get('/api/v1/conversations?q=ebb%20at%20brest')).body
  expect(items).toMatchObject([{ id: conversation, matches: [{ messageId: body.messageId }] }])
  const [{ snippet, ranges }] = items[0].matches
  expect(ranges.map(([from, to]: [number, number]) => snippet.slice(from, to))).toEqual(['ebb at Brest'])
  expect((await person.get('/api/v1/conversations')).body.items[0]).not.toHaveProperty('matches')
})
