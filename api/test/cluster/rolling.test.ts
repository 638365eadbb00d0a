import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Answer } from '../client.ts'
import { type Replica, rounds, startCluster, startModel } from './cluster.ts'
import { follow, overSocket } from './follower.ts'
import { answerTo, question, seeded, type Story, storyteller } from './story.ts'

const restarts = rounds(3)
const liveStreams = 50
const retried = new Set([502, 503])

test(
  'rolling restarts under fifty live streams: not one failed request, not one lost or doubled character',
  { timeout: rounds(600_000) },
  async () => {
    await using model = await startModel(storyteller)
    // Time to see that it is not ready, on a machine that others keep busy, and to ask it once more.
    await using cluster = await startCluster({ modelUrl: model.url, settings: { DRAIN_SECONDS: '5' } })
    const people = await Promise.all(Array.from({ length: 5 }, () => cluster.signUp()))
    const closeCodes = new Map<number, number>()
    const notReadyFirst: boolean[] = []
    let restarting = true

    async function stream(index: number): Promise<number> {
      const person = people[index % people.length]!
      const random = seeded(index)
      const { urls } = cluster
      const conversation = (await answered(urls, (url) => person.on(url).post('/api/v1/conversations', {}))).body.id as string
      let told = 0
      while (restarting) {
        const story: Story = { seed: index * 1000 + told, length: 60 + random.below(60), delayMs: 60, tools: told % 2 === 0 }
        const message = { messageId: crypto.randomUUID(), content: question(story) }
        const sent = await answered(urls, (url) => person.on(url).post(`/api/v1/conversations/${conversation}/messages`, message))
        const { answer } = await follow({
          urls,
          token: person.token,
          runId: sent.body.runId,
          random,
          connect: index % 5 === 0 ? undefined : overSocket,
          onClose: (code) => closeCodes.set(code, (closeCodes.get(code) ?? 0) + 1),
        })
        expect(answer).toMatchObject({ status: 'complete', content: answerTo(story) })
        told++
        const stored = await answered(urls, (url) => person.on(url).get(`/api/v1/conversations/${conversation}/messages?limit=200`))
        expect(stored.body.items).toHaveLength(told * 2)
        expect(stored.body.items.at(-1).content).toBe(answer.content)
      }
      return told
    }

    /** Sees readiness fail while requests are still answered. */
    async function restart(replica: Replica): Promise<void> {
      const stopped = replica.stop()
      for (;;) {
        const state = await fetch(`${replica.url}/readyz`).then(
          ({ status }) => status,
          () => 0,
        )
        if (state === 200) {
          await wait(5)
          continue
        }
        notReadyFirst.push(state === 503 && (await fetch(`${replica.url}/healthz`)).status === 200)
        break
      }
      expect({ code: await stopped, errors: replica.errors() }).toEqual({ code: 0, errors: [] })
      await replica.start()
    }

    const streaming = Promise.all(Array.from({ length: liveStreams }, (_, index) => stream(index)))
    streaming.catch(() => undefined)
    await Promise.race([wait(2000), streaming])
    for (let count = 0; count < restarts; count++) await restart(cluster.replicas[count % cluster.replicas.length]!)
    restarting = false
    const told = (await streaming).reduce((sum, count) => sum + count, 0)
    process.stderr.write(`  ${restarts} restarts, ${told} answers, closes ${JSON.stringify([...closeCodes])}\n`)
    expect(notReadyFirst).toEqual(Array.from({ length: restarts }, () => true))
    expect(closeCodes.get(1001)).toBeGreaterThan(0)
    expect(cluster.replicas.flatMap(({ errors }) => errors())).toEqual([])
  },
)

/** A load balancer: asks another process when one refuses the connection or says 503; any other failure is a failure. */
async function answered(urls: readonly string[], ask: (url: string) => Promise<Answer>) {
  for (let turn = 0; ; turn++) {
    const url = urls[turn % urls.length]!
    try {
      const answer = await ask(url)
      if (answer.status < 300) return answer
      if (!retried.has(answer.status)) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
    await wait(20)
  }
}

const isRefusal = (error: unknown) => ['ECONNREFUSED'].includes(String(((error as Error).cause as { code?: string } | undefined)?.code))
