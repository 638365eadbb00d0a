import { expect, test } from 'vitest'
import { rounds, startCluster, startModel, until, untilAnswered } from './cluster.ts'
import { follow } from './follower.ts'
import { question, seeded, storyOf, storyteller } from './story.ts'

const stops = rounds(9)
/** The promise is 500 ms, and `npm run bench` measures it; the answer would go on for a minute. */
const worstMsMax = 20_000

test('a stop from another process reaches the provider at once, and the partial text is kept, charged and can be followed by more', async () => {
  await using model = await startModel(storyteller)
  await using cluster = await startCluster({
    modelUrl: model.url,
    replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }],
  })
  const [here, there] = cluster.urls as [string, string]
  const person = await cluster.signUp()
  const tookMs: number[] = []
  for (let seed = 0; seed < stops; seed++) {
    const random = seeded(seed)
    const conversation = await person.on(here).newConversation()
    const send = (content: string) =>
      untilAnswered(() => person.on(here).post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content }))
    const story = { seed, length: 5000, delayMs: 10, tools: false }
    const { runId } = (await send(question(story))).body
    const stopAfter = 5 + random.below(40)
    let stoppedAt = 0
    let heard = 0
    const { answer } = await follow({
      urls: [here],
      token: person.token,
      runId,
      random,
      onEvent: () => {
        if (++heard !== stopAfter) return
        stoppedAt = performance.now()
        void person.on(there).post(`/api/v1/runs/${runId}/cancel`)
        void model.disconnected(seed + 1).then(() => tookMs.push(performance.now() - stoppedAt))
      },
    })
    await until(() => tookMs.length === seed + 1)
    const stored = (await person.on(there).get(`/api/v1/conversations/${conversation}/messages`)).body.items[1]
    expect(answer.status).toBe('stopped')
    expect(answer.content.length).toBeGreaterThan(0)
    expect(storyOf(seed, 5000).startsWith(answer.content)).toBe(true)
    expect(stored).toMatchObject({ status: 'stopped', content: answer.content, usage: answer.usage })
    expect(stored.usage.outputTokens).toBeGreaterThan(0)

    const next = { seed, length: 5, delayMs: 0, tools: false }
    const after = await follow({ urls: [there], token: person.token, runId: (await send(question(next))).body.runId, random })
    expect(after.answer).toMatchObject({ status: 'complete', content: storyOf(seed, 5) })
  }
  const sorted = tookMs.toSorted((a, b) => a - b)
  process.stderr.write(`  stop to provider: median ${Math.round(sorted[Math.floor(stops / 2)]!)} ms, worst ${Math.round(sorted.at(-1)!)} ms\n`)
  expect(sorted.at(-1)).toBeLessThan(worstMsMax)
  const [sums] = await cluster.query<{ ledger: string; budget: string; reserved: string }>(`
    select (select sum(input_tokens + output_tokens) from ledger where credit_account = 'spent') as ledger, sum(tokens_used) as budget, sum(tokens_reserved) as reserved from budgets`)
  expect(sums).toMatchObject({ budget: sums!.ledger, reserved: '0' })
})
