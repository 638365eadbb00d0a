import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openDatabase } from '#ports/database/index.ts'
import { startPostgres } from '../engines/postgres.ts'
import { startRedis } from '../engines/redis.ts'
import { type Cluster, startCluster, startModel, until, untilAnswered } from './cluster.ts'
import { follow, overSocket, overSse } from './follower.ts'
import { answerTo, question, seeded, type Story, storyteller } from './story.ts'

const streams = 12

/** Starts the streams, breaks an engine in the middle of them, and compares what is stored with what each follower read. */
async function throughOutage(cluster: Cluster, breakEngine: () => Promise<void>) {
  const person = await cluster.signUp()
  const stories = Array.from({ length: streams }, (_, seed): Story => ({ seed, length: 120, delayMs: 30, tools: seed % 2 === 0 }))
  let events = 0
  const tell = async (story: Story) => {
    const random = seeded(story.seed)
    const conversation = (await untilAnswered(() => person.on(random.pick(cluster.urls)).post('/api/v1/conversations', {}))).body.id
    const message = { messageId: crypto.randomUUID(), content: question(story) }
    const { body } = await untilAnswered(() => person.on(random.pick(cluster.urls)).post(`/api/v1/conversations/${conversation}/messages`, message))
    const following = { urls: cluster.urls, token: person.token, runId: body.runId as string, random, onEvent: () => void events++ }
    const both = await Promise.all([follow({ ...following, connect: overSocket }), follow({ ...following, connect: overSse })])
    const stored = (await untilAnswered(() => person.on(random.pick(cluster.urls)).get(`/api/v1/conversations/${conversation}/messages`))).body.items
    expect(stored).toHaveLength(2)
    for (const { answer } of both) {
      expect(answer).toMatchObject({ status: 'complete', content: answerTo(story) })
      const { content, status, toolCalls, usage, sources } = stored[1]
      expect(answer).toMatchObject({ content, status, toolCalls, usage, sources })
    }
    return both
  }
  const telling = Promise.all(stories.map(tell))
  telling.catch(() => undefined)
  await Promise.race([until(() => events > streams * 40), telling])
  await breakEngine()
  return (await telling).flat()
}

test('PostgreSQL restarted in mid-stream: every run ends complete and each follower has read it byte for byte', async () => {
  await using postgres = await startPostgres()
  const { host, user, database } = postgres.connection
  const databaseUrl = `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}`
  await (await openDatabase({ url: databaseUrl, dataDir: '/nowhere' }))[Symbol.asyncDispose]()
  await using model = await startModel(storyteller)
  await using cluster = await startCluster({ modelUrl: model.url, databaseUrl })
  await throughOutage(cluster, () => postgres.restart(1500))
  const [ledger] = await cluster.query<{ runs: number; rows: number }>(
    `select count(distinct run_id)::int as runs, count(*)::int as rows from ledger where kind = 'answer' and entry = 'settlement'`,
  )
  expect(ledger!.runs).toBe(streams)
})

test('Redis killed in mid-stream, its log lost: every run is told anew from its start, and ends complete', async () => {
  let redis = await startRedis()
  const { port, url } = redis
  await using model = await startModel(storyteller)
  await using cluster = await startCluster({ modelUrl: model.url, redisUrl: url })
  const told = await throughOutage(cluster, async () => {
    await redis.kill()
    await wait(1000)
    redis = await startRedis(port)
  })
  await redis.stop()
  expect(told.some(({ events }) => events.some(({ event }) => event.type === 'CUSTOM' && event.name === 'rewind'))).toBe(true)
})

test('Redis hung in mid-stream, its log kept: nobody misses or repeats an event', async () => {
  await using redis = await startRedis()
  await using model = await startModel(storyteller)
  await using cluster = await startCluster({ modelUrl: model.url, redisUrl: redis.url })
  const told = await throughOutage(cluster, async () => {
    redis.pause()
    await wait(3000)
    redis.resume()
  })
  expect(told).toHaveLength(2 * streams)
  for (const { events } of told) expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
})
