import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, rounds, startCluster, startModel, untilAnswered } from './cluster.ts'
import { follow } from './follower.ts'
import { answerTo, question, seeded, type Story, storyteller } from './story.ts'

const streams = rounds(10)
const cutsOfEach = 10
const cutsOfOne = 20
/** However many deltas a busy machine puts into one event. */
const eventsAtLeast = 30

let cluster: Cluster
let model: Awaited<ReturnType<typeof startModel>>
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  model = stack.use(await startModel(storyteller))
  cluster = stack.use(await startCluster({ modelUrl: model.url }))
})
afterAll(() => stack.disposeAsync())

test('a hundred cuts over several streams and twenty within one: any process, socket or event stream, tells each event once and in order', async () => {
  const cuts = Array.from({ length: streams }, () => cutsOfEach)
  const connections = await Promise.all([...cuts, cutsOfOne].map((count, index) => cutAndCompare(index, count)))
  expect(connections).toEqual([...cuts, cutsOfOne].map((count) => count + 1))
})

/** Follows one run twice, once whole and once with cuts; tells how many connections the second took. */
async function cutAndCompare(seed: number, cutCount: number): Promise<number> {
  const random = seeded(seed + 1)
  const person = await cluster.signUp()
  const story: Story = { seed, length: 150, delayMs: 20, tools: seed % 2 === 0 }
  const client = person.on(random.pick(cluster.urls))
  const conversation = await client.newConversation()
  const message = { messageId: crypto.randomUUID(), content: question(story) }
  const { body } = await untilAnswered(() => client.post(`/api/v1/conversations/${conversation}/messages`, message))
  const following = { urls: cluster.urls, token: person.token, runId: body.runId as string }

  const cutsAfter = new Set<number>()
  while (cutsAfter.size < cutCount) cutsAfter.add(1 + random.below(eventsAtLeast))
  const [cut, whole] = await Promise.all([follow({ ...following, random, cutsAfter }), follow({ ...following, random: seeded(seed) })])
  expect(cut.answer).toMatchObject({ status: 'complete', content: answerTo(story) })
  expect(cut.events).toEqual(whole.events)
  // Later, from any point, the log tells the same.
  const after = random.below(cut.events.length)
  const again = await person.on(random.pick(cluster.urls)).events(following.runId, { 'last-event-id': String(after) })
  expect(again).toEqual(whole.events.slice(after))
  return cut.connections
}

test('the same message sent to three processes at once is one run, asked of the provider once', async () => {
  const person = await cluster.signUp()
  const before = model.requests.length
  const story = { seed: 1, length: 20, delayMs: 10, tools: false }
  for (let round = 0; round < 10; round++) {
    const conversation = await person.on(cluster.urls[0]!).newConversation()
    const message = { messageId: crypto.randomUUID(), content: question(story) }
    const send = (url: string) => person.on(url).post(`/api/v1/conversations/${conversation}/messages`, message)
    const sent = await Promise.all(cluster.urls.map(send))
    expect(sent.map(({ status }) => status)).toEqual([202, 202, 202])
    expect(sent[1]!.body).toEqual(sent[0]!.body)
    expect(sent[2]!.body).toEqual(sent[0]!.body)
    await follow({ urls: cluster.urls, token: person.token, runId: sent[0]!.body.runId, random: seeded(round) })
    expect((await person.on(cluster.urls[2]!).get(`/api/v1/conversations/${conversation}/messages`)).body.items).toHaveLength(2)
  }
  expect(model.requests.slice(before).filter(({ path }) => path.endsWith('completions'))).toHaveLength(10)
})
