import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { percentile, printTable, ratio, rounded } from './figures.ts'
import { type Jarvis, type Person, startJarvis } from './jarvis.ts'
import type { CrowdKind, CrowdOf, Seen } from './programs/crowd.ts'

const conversations = Number(process.env.STARVATION_CONVERSATIONS ?? 100_000)
const memories = 10_000
/** One kind, or all of them and then all at once. */
const kindAsked = process.env.STARVATION_KIND
const rounds = 3
const samplesPerRound = 70
const pauseMs = 50
const timesQuietMax = 3
const timesIdleMax = 2

/**
 * What one person's searches, of conversations and of 10,000 memories, exports and tool calls leave to everybody else, against as many of the same requests while it is quiet. The
 * crowd has been at work for a while when the others begin.
 */
export async function benchStarvation(): Promise<void> {
  await using jarvis = await startJarvis('', { people: 4, settings: { OPENAI_API_KEY: '', MODELS_FILE: '' } })
  const [busy, other] = [jarvis.nextPerson(), jarvis.nextPerson()]
  await seed(jarvis, busy)
  const own = await jarvis.newConversation(other)
  const api = `${jarvis.url}/api/v1`
  const get = (path: string) => fetch(`${api}${path}`, { headers: { authorization: `Bearer ${other.token}` } })
  const others = {
    list: () => get('/conversations'),
    messages: () => get(`/conversations/${own}/messages`),
    search: () => get('/conversations?q=river'),
    memories: () => get('/memories?q=dog'),
    healthz: () => fetch(`${jarvis.url}/healthz`),
  }
  type Name = keyof typeof others
  const names = Object.keys(others) as Name[]
  await measure(others)
  await untilIdle(jarvis)
  const idleBytes = (await jarvis.read()).rssBytes
  const each: CrowdKind[] = ['searches', 'memory searches', 'exports', 'tool calls']
  for (const kinds of [...each.map((kind) => [kind]), each].filter((kinds) => kindAsked === undefined || kinds.join() === kindAsked)) {
    const [quiet, loaded]: [Times[], Times[]] = [[], []]
    const seen: Seen = {}
    let rssMax = 0
    for (let round = 0; round < rounds; round++) {
      await untilIdle(jarvis)
      quiet.push(await measure(others))
      const conversationId = await jarvis.newConversation(busy)
      const crowd = startCrowd({ api, token: busy.token, conversationId, kinds })
      await sleep(warmUpMs)
      loaded.push(await measure(others))
      rssMax = Math.max(rssMax, (await jarvis.read()).rssBytes)
      for (const [status, count] of Object.entries(await crowd.stop())) seen[status] = (seen[status] ?? 0) + count
      // Its runs are worked on one after another: hundreds would be in line for minutes.
      await fetch(`${api}/conversations/${conversationId}`, { method: 'DELETE', headers: { authorization: `Bearer ${busy.token}` } })
    }
    const p95 = (times: Times[], name: Name) =>
      percentile(
        times.flatMap((each) => each[name] ?? []),
        0.95,
      )
    const verdict = (isMet: boolean) => (isMet ? 'met' : 'missed')
    printTable(
      `${kinds.join(', ')} of one person with ${conversations} conversations (answers ${JSON.stringify(seen)})`,
      names.map((name) => {
        const [before, beside] = [p95(quiet, name), p95(loaded, name)]
        return {
          'another person’s': name,
          'quiet p95 ms': rounded(before),
          'beside it': rounded(beside),
          '× quiet': ratio(beside, before),
          [`≤ ${timesQuietMax}×`]: verdict(beside <= timesQuietMax * before),
        }
      }),
    )
    const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20)
    console.log(
      `\nresident memory at most ${mebibytes(rssMax)} MiB, ${ratio(rssMax, idleBytes)} of the ${mebibytes(idleBytes)} when idle (≤ ${timesIdleMax}×: ${verdict(rssMax <= timesIdleMax * idleBytes)})`,
    )
  }
}

type Times = Record<string, number[]>

async function measure(reads: Record<string, () => Promise<Response>>): Promise<Times> {
  const times: Times = {}
  for (let sample = 0; sample < samplesPerRound; sample++) {
    for (const [name, read] of Object.entries(reads)) {
      const startedAt = performance.now()
      const response = await read()
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`${name} answered ${response.status} to somebody who asked for little`)
      ;(times[name] ??= []).push(performance.now() - startedAt)
    }
    await sleep(pauseMs)
  }
  return times
}

const warmUpMs = 1000
const idleMsMax = 120_000
const idleLookMs = 1000
const idleShare = 0.05

/** What a crowd left in line and in the background must not count as quiet. */
async function untilIdle(jarvis: Jarvis): Promise<void> {
  for (let waitedMs = 0; waitedMs < idleMsMax; waitedMs += idleLookMs) {
    const before = (await jarvis.read()).processorMs
    await sleep(idleLookMs)
    if ((await jarvis.read()).processorMs - before < idleShare * idleLookMs) return
  }
  throw new Error('Jarvis does not come to rest')
}

function startCrowd(of: CrowdOf) {
  const worker = new Worker(new URL('programs/crowd.ts', import.meta.url), { workerData: of })
  const seen = once(worker, 'message').then(([message]) => message as Seen)
  return {
    async stop(): Promise<Seen> {
      worker.postMessage('stop', [])
      return await seen
    },
  }
}

async function seed({ pool, url }: Jarvis, { id, token }: Person): Promise<void> {
  const batch = 5000
  for (let from = 0; from < conversations; from += batch) {
    await pool.query(
      `with made as (insert into conversations (id, user_id, title, updated_at)
        select gen_random_uuid(), $1, 'Conversation ' || n, now() - n * interval '1 minute' from generate_series($2::int, $3::int) n returning id, title)
      insert into messages (id, conversation_id, role, content, status)
      select gen_random_uuid(), made.id, role, repeat('What a river carries, and where to. ', 12) || case when random() < 0.02 then '東京の天気' else '' end || made.title, 'complete'
      from made, (values ('user'), ('assistant')) as roles(role)`,
      [id, from, Math.min(from + batch, conversations) - 1],
    )
  }
  // As those that have their vector: to give it to thousands would be at work all the while.
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  await fetch(`${url}/api/v1/memories`, { method: 'POST', headers, body: JSON.stringify({ text: 'I live by a river.' }) })
  await pool.query(
    `insert into memories (id, user_id, text, digest, origin, encoder)
    select gen_random_uuid(), $1, 'I know where river ' || n || ' carries what was said in year ' || n % 100, n::text, 'person',
      (select max(encoder) from memories where user_id = $1)
    from generate_series(2, $2::int) n`,
    [id, memories],
  )
  await pool.query('analyze conversations, messages, memories')
}
