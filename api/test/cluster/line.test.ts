import { expect, test } from 'vitest'
import { startCluster, startModel, until } from './cluster.ts'
import { follow } from './follower.ts'
import { answerTo, question, seeded, storyteller } from './story.ts'

const queued = 20
const waitingMax = 21

/** Runs in the order in which they were taken from the line: how soon each asks or ends is its own affair. */
const noteStarts = `
  create table started (place serial, user_id uuid);
  create function note_start() returns trigger language plpgsql as $$ begin insert into started (user_id) values (new.user_id); return new; end $$;
  create trigger note_start after update of attempt on runs for each row execute function note_start();`

test('one person’s long line holds up nobody else; a full line refuses with Retry-After and stores nothing; each knows its place', async () => {
  const gate = Promise.withResolvers<void>()
  await using model = await startModel(async (request) =>
    request.path.endsWith('completions') ? (await gate.promise, storyteller(request)) : storyteller(request),
  )
  const settings = { RUNS_AT_ONCE: '2', RUNS_WAITING_MAX: String(waitingMax) }
  const replicas = [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }]
  await using cluster = await startCluster({ modelUrl: model.url, settings, replicas })
  const [url] = cluster.urls as [string]
  const [many, one] = [await cluster.signUp(), await cluster.signUp()]
  const send = async (person: typeof many, seed: number) => {
    const conversation = await person.on(url).newConversation()
    const message = { messageId: crypto.randomUUID(), content: question({ seed, length: 5, delayMs: 5, tools: false }) }
    return { conversation, ...(await person.on(url).post(`/api/v1/conversations/${conversation}/messages`, message)) }
  }
  const stateOf = async (runId: string) => (await many.on(url).get(`/api/v1/runs/${runId}`)).body

  await cluster.query(noteStarts)
  const working = [await send(many, 0), await send(many, 1)]
  await until(async () => (await Promise.all(working.map(({ body }) => stateOf(body.runId)))).every(({ status }) => status === 'running'))
  const waiting = []
  for (let seed = 2; seed < 2 + queued; seed++) waiting.push(await send(many, seed))
  const places = await Promise.all(waiting.map(async ({ body }) => (await stateOf(body.runId)).queuePosition))
  expect(places).toEqual(Array.from({ length: queued }, (_, index) => index + 1))
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(new RegExp(`^jarvis_waiting_runs ${queued}$`, 'm'))
  const single = await send(one, 99)
  expect(single.status).toBe(202)

  // The line is counted at most twice a second.
  await until(async () => (await send(one, 100)).status === 503)
  const refused = await send(one, 101)
  expect({ status: refused.status, code: refused.body.code, retryAfter: Number(refused.headers.get('retry-after')) }).toMatchObject({
    status: 503,
    code: 'overloaded',
    retryAfter: expect.any(Number),
  })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await one.on(url).get(`/api/v1/conversations/${refused.conversation}/messages`)).body.items).toEqual([])

  gate.resolve()
  const token = one.token
  const { answer } = await follow({ urls: [url], token, runId: single.body.runId, random: seeded(5) })
  expect(answer.content).toBe(answerTo({ seed: 99, length: 5, delayMs: 5, tools: false }))
  const started = await cluster.query<{ user_id: string }>('select user_id from started order by place')
  // Two were at work and their places came free: the person with none at work is next, though others wait longer.
  expect(started.findIndex(({ user_id }) => user_id === one.id)).toBeLessThan(4)
  await Promise.all([...working, ...waiting].map(({ body }) => follow({ urls: [url], token: many.token, runId: body.runId, random: seeded(6) })))
})
