import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { type Replica, startCluster, startModel, until } from './cluster.ts'
import { follow, overSocket } from './follower.ts'
import { answerTo, question, seeded, storyteller } from './story.ts'

test('a process that dies between storing an answer and telling its end leaves nobody waiting', async () => {
  await using model = await startModel(storyteller)
  await using cluster = await startCluster({ modelUrl: model.url, replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }] })
  const [api, worker] = cluster.replicas as [Replica, Replica]
  const redis = new Redis(cluster.redisUrl)
  // The answer's transaction takes a second, long enough to stop the writes to the log meanwhile.
  await cluster.query(`
    create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$;
    create trigger linger before update on runs for each row when (new.finished_at is not null and old.finished_at is null) execute function linger();`)
  const signedUp = await cluster.signUp()
  const person = signedUp.on(api.url)
  const story = { seed: 7, length: 30, delayMs: 5, tools: true }
  const conversation = await person.newConversation()
  const sent = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: question(story) })
  const following = follow({ urls: [api.url], token: signedUp.token, runId: sent.body.runId, random: seeded(1), connect: overSocket })

  await until(
    async () => (await cluster.query(`select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`)).length,
  )
  await redis.client('PAUSE', 30_000, 'WRITE')
  await until(async () => (await cluster.query('select 1 from runs where finished_at is not null')).length)
  await worker.kill()
  await redis.client('UNPAUSE')
  redis.disconnect()
  await cluster.query('drop trigger linger on runs')
  await worker.start()

  const { answer } = await following
  const stored = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items[1]
  expect(answer.content).toBe(answerTo(story))
  for (const field of ['content', 'status', 'toolCalls', 'usage', 'sources', 'error'] as const) expect(answer[field]).toEqual(stored[field])
  await until(async () => (await cluster.query('select 1 from runs where lease_until is not null')).length === 0)
})
