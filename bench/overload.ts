import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerFrame } from '@jarvis/contracts/socket.ts'
import { WebSocket } from 'ws'
import { startRedis } from '../api/test/engines/redis.ts'
import { type Asker, openJarvis } from './asker.ts'
import { median, percentile, printTable, ratio, rounded } from './figures.ts'
import { type Jarvis, type Person, startJarvis } from './jarvis.ts'
import { startProgram } from './program.ts'
import { question } from './question.ts'

const capacity = { RUNS_AT_ONCE: '16', RUNS_WAITING_MAX: '100' }
const settleMs = 2000
const windowMs = 5000
const answer = { tokens: 20, perSecond: 1000 }
const full = 24
const crowded = 400
const rounds = 3
const clients = 1000
const runsFollowed = 40
const longAnswer = { tokens: 600, perSecond: 10 }

/** What is finished while far more is asked than the machine can do, against what it does when it is just full; and how soon a crowd is back. */
export async function benchOverload(): Promise<void> {
  await goodput()
  await crowd()
}

async function goodput(): Promise<void> {
  await using provider = await startProgram('provider')
  await using jarvis = await startJarvis(provider.url, { people: crowded, settings: capacity })
  await load(jarvis, full)
  const [atFull, over]: [Load[], Load[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    atFull.push(await load(jarvis, full))
    over.push(await load(jarvis, crowded))
  }
  const middle = (loads: Load[], field: keyof Load) => median(loads.map((each) => each[field]))
  const row = (clients: number, loads: Load[]) => ({
    clients,
    'runs/s': rounded(middle(loads, 'perSecond')),
    'against full': ratio(middle(loads, 'perSecond'), middle(atFull, 'perSecond')),
    'refused/s': rounded(middle(loads, 'refused')),
    'of them with Retry-After': `${Math.round((middle(loads, 'refusedWell') / Math.max(1, middle(loads, 'refused'))) * 100)} %`,
  })
  printTable(`Goodput: ${capacity.RUNS_AT_ONCE} runs at once, ${capacity.RUNS_WAITING_MAX} in line; the refused ask again when they are told to`, [
    row(full, atFull),
    row(crowded, over),
  ])
}

type Load = { perSecond: number; refused: number; refusedWell: number }

async function load(jarvis: Jarvis, count: number): Promise<Load> {
  const askers = await inTurns(count, async () => {
    const person = jarvis.nextPerson()
    return await openJarvis(jarvis, person, await jarvis.newConversation(person))()
  })
  const seen = { done: 0, refused: 0, refusedWell: 0 }
  let stopping = false
  const asking = Promise.all(
    askers.map(async (asker: Asker) => {
      while (!stopping) {
        try {
          await asker.ask(answer.tokens, answer.perSecond)
          seen.done++
        } catch (error) {
          const { message } = error as Error
          if (!message.includes('"overloaded"')) throw error
          seen.refused++
          const [, told] = /"retryAfterSeconds":(\d+)/.exec(message) ?? []
          if (told !== undefined) seen.refusedWell++
          await sleep(Number(told ?? 1) * 1000)
        }
      }
    }),
  )
  await Promise.race([asking, sleep(settleMs)])
  Object.assign(seen, { done: 0, refused: 0, refusedWell: 0 })
  const since = performance.now()
  await Promise.race([asking, sleep(windowMs)])
  const seconds = (performance.now() - since) / 1000
  const result = { perSecond: seen.done / seconds, refused: seen.refused / seconds, refusedWell: seen.refusedWell / seconds }
  stopping = true
  await asking
  for (const asker of askers) asker.close()
  return result
}

/** A replica goes with everyone on it; they all come to the other at once, and each wants its run's next event. */
async function crowd(): Promise<void> {
  await using redis = await startRedis()
  await using provider = await startProgram('provider')
  await using jarvis = await startJarvis(provider.url, { people: runsFollowed, redisUrl: redis.url })
  const other = await jarvis.startReplica()
  await using _other = other
  const followed = await Promise.all(jarvis.people.map((person) => startRun(jarvis, person)))
  const crowd = await inTurns(clients, async (index) => join(jarvis.url, followed[index % runsFollowed]!, 0))
  await Promise.all(crowd.map((member) => member.next))

  const left = Promise.all(crowd.map((member) => member.closed))
  const stopped = jarvis.stop()
  const codes = await left
  const startedAt = performance.now()
  const backAfterMs = await Promise.all(
    crowd.map(async (member, index) => {
      const back = await join(other.url, followed[index % runsFollowed]!, member.lastSeq())
      await back.next
      const ms = performance.now() - startedAt
      back.leave()
      return ms
    }),
  )
  await stopped
  printTable(`${clients} clients of ${runsFollowed} live runs whose replica goes`, [
    {
      'closed with 1001': `${Math.round((codes.filter((code) => code === 1001).length / clients) * 100)} %`,
      'back with the next event, p50 s': rounded(percentile(backAfterMs, 0.5) / 1000),
      'p99 s': rounded(percentile(backAfterMs, 0.99) / 1000),
      'all s': rounded(Math.max(...backAfterMs) / 1000),
    },
  ])
}

type Followed = Person & { runId: string }

async function startRun(jarvis: Jarvis, person: Person): Promise<Followed> {
  const conversation = await jarvis.newConversation(person)
  const response = await fetch(`${jarvis.url}/api/v1/conversations/${conversation}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messageId: crypto.randomUUID(), content: question(longAnswer.tokens, longAnswer.perSecond) }),
  })
  const { runId } = (await response.json()) as { runId: string }
  return { ...person, runId }
}

/** A socket that follows one run; `next` resolves at the first event after `after`. */
async function join(url: string, { token, runId }: Followed, after: number) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, ['jarvis.v1'], { perMessageDeflate: false })
  const closed = once(socket, 'close').then(([code]) => code as number)
  const { promise: next, resolve, reject } = Promise.withResolvers<void>()
  let lastSeq = after
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as ServerFrame
    if (frame.type === 'error') reject(new Error(frame.detail))
    if (frame.type !== 'event') return
    lastSeq = frame.seq
    resolve()
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', token }))
  socket.send(JSON.stringify({ type: 'subscribe', runId, after }))
  return { next, closed, lastSeq: () => lastSeq, leave: () => socket.terminate() }
}

/** A few at a time, so that the setting up is no crowd of its own. */
async function inTurns<Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let from = 0; from < count; from += 50) {
    results.push(...(await Promise.all(Array.from({ length: Math.min(50, count - from) }, (_, index) => work(from + index)))))
  }
  return results
}
