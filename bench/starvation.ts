import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, printTable, ratio, rounded } from './figures.ts'
import { type Jarvis, type Person, startJarvis } from './jarvis.ts'

const conversations = Number(process.env.STARVATION_CONVERSATIONS ?? 100_000)
const searchesAtOnce = 24
const exportsAtOnce = 3
const toolCallsAtOnce = 4
const rounds = 3
const windowMs = 5000
const pauseMs = 50

/** What one person's searches, exports and tool calls leave to everybody else, against the same requests while it is quiet. */
export async function benchStarvation(): Promise<void> {
  // The practice model calls the calculator when it is given a sum.
  await using jarvis = await startJarvis('', { people: 4, settings: { OPENAI_API_KEY: '', MODELS_FILE: '' } })
  const [busy, other] = [jarvis.nextPerson(), jarvis.nextPerson()]
  await seed(jarvis, busy)
  const own = await jarvis.newConversation(other)
  const sums = await jarvis.newConversation(busy)
  const work: Record<string, { atOnce: number; ask: (turn: number) => Promise<Response> }> = {
    searches: { atOnce: searchesAtOnce, ask: (turn) => get(jarvis, busy, `/conversations?q=${encodeURIComponent(words[turn % words.length]!)}`) },
    exports: { atOnce: exportsAtOnce, ask: () => get(jarvis, busy, '/me/export') },
    'tool calls': {
      atOnce: toolCallsAtOnce,
      ask: (turn) => send(jarvis, busy, `/conversations/${sums}/messages`, { messageId: crypto.randomUUID(), content: `What is ${turn} * 7?` }),
    },
  }
  const others = {
    list: () => get(jarvis, other, '/conversations'),
    messages: () => get(jarvis, other, `/conversations/${own}/messages`),
    search: () => get(jarvis, other, '/conversations?q=river'),
    healthz: () => fetch(`${jarvis.url}/healthz`),
  }
  type Name = keyof typeof others
  const names = Object.keys(others) as Name[]
  await measure(others)
  for (const kind of [...Object.keys(work), 'all three']) {
    const crowds = Object.entries(work).flatMap(([name, one]) => (kind === name || kind === 'all three' ? [one] : []))
    const [quiet, loaded]: [Times[], Times[]] = [[], []]
    const seen: Record<string, number> = {}
    let rssMax = 0
    for (let round = 0; round < rounds; round++) {
      quiet.push(await measure(others))
      const stop = new AbortController()
      const asking = crowds.map(({ atOnce, ask }) => crowd(atOnce, ask, seen, stop.signal))
      loaded.push(await measure(others))
      rssMax = Math.max(rssMax, (await jarvis.read()).rssBytes)
      stop.abort()
      await Promise.all(asking)
    }
    const p95 = (times: Times[], name: Name) =>
      percentile(
        times.flatMap((each) => each[name] ?? []),
        0.95,
      )
    printTable(
      `${kind} of one person with ${conversations} conversations (answers ${JSON.stringify(seen)}, resident memory at most ${Math.round(rssMax / 2 ** 20)} MiB)`,
      names.map((name) => ({
        'another person’s': name,
        'quiet p95 ms': rounded(p95(quiet, name)),
        'beside it': rounded(p95(loaded, name)),
        '× quiet': ratio(p95(loaded, name), p95(quiet, name)),
      })),
    )
  }
}

/** Frequent, rare, two Chinese characters, absent, and two letters that occur nowhere. */
const words = ['river', 'number 77', '東京', 'zebra crossing', 'qx']
type Times = Record<string, number[]>

async function measure(reads: Record<string, () => Promise<Response>>): Promise<Times> {
  const times: Times = {}
  const until = performance.now() + windowMs
  while (performance.now() < until) {
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

/** So many at once, each again as soon as it is answered, or when a refusal says so. */
async function crowd(atOnce: number, ask: (turn: number) => Promise<Response>, seen: Record<string, number>, signal: AbortSignal): Promise<void> {
  let turn = 0
  const one = async () => {
    while (!signal.aborted) {
      const response = await ask(++turn)
      for await (const _ of response.body ?? []) if (signal.aborted) break
      seen[response.status] = (seen[response.status] ?? 0) + 1
      if (response.status >= 400) await sleep(Number(response.headers.get('retry-after') ?? 1) * 1000, undefined, { signal }).catch(() => undefined)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

const api = ({ url }: Jarvis, path: string) => `${url}/api/v1${path}`
const get = (jarvis: Jarvis, { token }: Person, path: string) => fetch(api(jarvis, path), { headers: { authorization: `Bearer ${token}` } })
const send = (jarvis: Jarvis, { token }: Person, path: string, body: object) =>
  fetch(api(jarvis, path), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

async function seed({ pool }: Jarvis, { id }: Person): Promise<void> {
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
  await pool.query('analyze conversations, messages')
}
