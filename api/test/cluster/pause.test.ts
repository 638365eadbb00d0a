import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { newPerson } from '../test-app.ts'
import { createClient } from '../client.ts'
import { type Cluster, type Replica, startCluster, startModel, until } from './cluster.ts'
import { follow } from './follower.ts'
import { answerTo, question, seeded, storyteller } from './story.ts'

/** Longer than a lease of 8 s, as a laptop's lid, a VM's migration or a debugger is. */
const pauseMs = 10_000
const storiesAtOnce = 4

type Asked = { seed: number; runId: string; answered: ReturnType<typeof follow>; begun: Promise<void> }

/** Asks for stories that are told longer than the pause. */
async function askAll(url: string, token: string, firstSeed: number): Promise<Asked[]> {
  const client = createClient(url)
  client.useToken(token)
  return await Promise.all(
    Array.from({ length: storiesAtOnce }, async (_, index) => {
      const seed = firstSeed + index
      const conversation = await client.newConversation()
      const content = question({ seed, length: 150, delayMs: 100, tools: index % 2 === 0 })
      const sent = await client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content })
      const runId = sent.body.runId as string
      const begun = Promise.withResolvers<void>()
      let heard = 0
      const answered = follow({ urls: [url], token, runId, random: seeded(seed), onEvent: () => ++heard === 20 && begun.resolve() })
      return { seed, runId, answered, begun: begun.promise }
    }),
  )
}

/** Stops processes as SIGSTOP does, and lets them go on, not before what is to happen meanwhile has happened. */
async function pause(pids: number[], meanwhile = async () => true): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  await wait(pauseMs)
  await until(meanwhile)
  for (const pid of pids.toReversed()) process.kill(pid, 'SIGCONT')
}

async function expectWhole(asked: Asked[]): Promise<void> {
  for (const { seed, answered } of asked) {
    const { answer } = await answered
    expect(answer).toMatchObject({ status: 'complete', content: answerTo({ seed, length: 150, delayMs: 100, tools: seed % 2 === 0 }) })
  }
}

const rowsOf = (cluster: Cluster) =>
  cluster.query<{ id: string; attempt: number; hangs: number; status: string }>('select id, attempt, hangs, status from runs')

/** How many runs a process is answering. */
async function answering(replica: Replica): Promise<number> {
  const metrics = await (await fetch(`${replica.url}/metrics`)).text()
  const sum = (series: RegExp) => [...metrics.matchAll(series)].reduce((all, [, figure]) => all + Number(figure), 0)
  return sum(/^jarvis_run_first_token_seconds_count (\d+)$/gm) - sum(/^jarvis_runs_total\{kind="answer".*\} (\d+)$/gm)
}

/** A process and all that it started. */
async function familyOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : ''
    const parent = /\) \S (\d+) /.exec(stat)?.[1]
    if (parent) parents.set(Number(name), Number(parent))
  }
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}

test('a pause of 10 s: of the whole product, of one of two workers, of the provider. Each run goes on once, by one attempt, and is whole', async () => {
  await using stack = new AsyncDisposableStack()
  const model = stack.use(await startModel(storyteller))
  const askedFor = (seed: number) =>
    model.requests.filter(({ path, body }) => path.endsWith('completions') && JSON.stringify(body).includes(`Story ${seed},`)).length

  const provider = fork(fileURLToPath(new URL('story-provider.ts', import.meta.url)))
  stack.defer(() => void provider.kill('SIGKILL'))
  const [providerUrl] = (await once(provider, 'message')) as [string]
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-pause-'))
  await chmod(dataDir, 0o755)
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  const embedded = { DATABASE_URL: '', REDIS_URL: '', CHROMA_URL: '', JWT_SECRET: '', DATA_DIR: dataDir }

  const workers = stack.use(
    await startCluster({ modelUrl: model.url, replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }, { JARVIS_ROLES: 'worker' }] }),
  )
  const served = stack.use(await startCluster({ modelUrl: providerUrl, replicas: [{}] }))
  const whole = stack.use(await startCluster({ modelUrl: model.url, replicas: [embedded] }))
  stack.defer(async () => void (await whole.replicas[0]!.stop()))

  const [one, other] = [await workers.signUp(), await served.signUp()]
  const registered = await createClient(whole.urls[0]!).post('/api/v1/auth/register?transport=body', newPerson())
  const onWorkers = await askAll(workers.urls[0]!, one.token, 100)
  const onServed = await askAll(served.urls[0]!, other.token, 200)
  const onWhole = await askAll(whole.urls[0]!, registered.body.accessToken as string, 300)
  await Promise.all([...onWorkers, ...onServed, ...onWhole].map(({ begun }) => begun))

  const [first, second] = workers.replicas.slice(1)
  const paused = (await answering(first!)) > 0 ? first! : second!
  const isTakenOver = async () => (await rowsOf(workers)).some(({ attempt }) => attempt === 2)
  await Promise.all([pause([paused.pid()], isTakenOver), pause([provider.pid!]), pause(await familyOf(whole.replicas[0]!.pid()))])
  await Promise.all([expectWhole(onWorkers), expectWhole(onServed), expectWhole(onWhole)])

  // Each model call is made once, and once more at most by the attempt that went on with the run.
  const callsOf = (seed: number) => (seed % 2 === 0 ? 2 : 1)
  for (const { seed } of [...onWorkers, ...onWhole]) {
    expect(askedFor(seed)).toBeGreaterThanOrEqual(callsOf(seed))
    expect(askedFor(seed)).toBeLessThanOrEqual(callsOf(seed) + 1)
  }
  for (const { attempt, status } of await rowsOf(workers)) {
    expect(status).toBe('succeeded')
    expect(attempt).toBeLessThanOrEqual(2)
  }
  expect((await rowsOf(workers)).some(({ attempt, hangs }) => attempt === 2 && hangs === 1)).toBe(true)
  for (const run of await rowsOf(served)) expect(run).toMatchObject({ attempt: 1, hangs: 0, status: 'succeeded' })
  await until(async () => (await workers.query('select 1 from runs where lease_until is not null')).length === 0)
})
