import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Answer, emptyAnswer, foldRunEvent, type RunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import { openAiTable } from '#features/router/index.ts'
import { newPerson } from '../test-app.ts'
import { createClient } from '../client.ts'
import { type Cluster, startCluster, startModel, until } from './cluster.ts'
import { follow, type Numbered, type Told } from './follower.ts'
import { answerTo, question, seeded, storyteller } from './story.ts'

/** Longer than a lease of 8 s, as a laptop's lid, a VM's migration or a debugger is. */
const pauseMs = 10_000
const storiesAtOnce = 3
/** By then a story itself is told, not its introduction. */
const piecesBegun = 10

const storyOf = (seed: number) => ({ seed, length: 150, delayMs: 100, tools: seed % 2 === 0 })
/** Its provider fails while the worker is paused: the call is to be made again, but not by that attempt, which has written nothing that was refused. */
const lateQuestion = 'Fail late'
const lateAnswer = 'Not late.'

type Asked = { runId: string; whole: string; told: Promise<Told>; again: () => Promise<Told>; stored: () => Promise<Answer>; begun: Promise<void> }

async function ask(url: string, token: string, content: string, whole: string): Promise<Asked> {
  const client = createClient(url)
  client.useToken(token)
  const conversation = await client.newConversation()
  const sent = await client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content })
  const runId = sent.body.runId as string
  const begun = Promise.withResolvers<void>()
  let pieces = 0
  const onEvent = ({ event }: Numbered) => void (event.type === 'TEXT_MESSAGE_CONTENT' && ++pieces === piecesBegun && begun.resolve())
  const following = { urls: [url], token, runId, random: seeded(content.length) }
  return {
    runId,
    whole,
    told: follow({ ...following, onEvent }),
    again: () => follow(following),
    stored: async () => (await client.get(`/api/v1/conversations/${conversation}/messages`)).body.items.at(-1),
    begun: begun.promise,
  }
}

/** Asks for stories that are told longer than the pause. */
const askAll = (url: string, token: string, firstSeed: number): Promise<Asked[]> =>
  Promise.all(
    Array.from({ length: storiesAtOnce }, (_, index) => storyOf(firstSeed + index)).map((story) => ask(url, token, question(story), answerTo(story))),
  )

/** Stops processes as SIGSTOP does, and lets them go on, not before what is to happen meanwhile has happened. */
async function pause(pids: number[], meanwhile = async () => true): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  await wait(pauseMs)
  await until(meanwhile)
  for (const pid of pids.toReversed()) process.kill(pid, 'SIGCONT')
}

/** An item's end repeats the whole of it and would mend what its pieces did wrong. */
function withoutWhole(event: RunEvent): RunEvent {
  if (event.type === 'TEXT_MESSAGE_END') return { type: event.type, messageId: event.messageId }
  if (event.type === 'TOOL_CALL_END') return { type: event.type, toolCallId: event.toolCallId }
  return event
}

const shown = ({ status, content, toolCalls }: Answer) => ({ status, content, toolCalls })

/** What was read live is what the log keeps, event by event, and its pieces alone make what is stored. Returns how often it began anew. */
async function expectWhole({ told, again, stored, whole }: Asked): Promise<number> {
  const { events, answer } = await told
  expect(answer).toMatchObject({ status: 'complete', content: whole })
  expect((await again()).events).toEqual(events)
  const pieces = events.map(({ event }) => withoutWhole(event)).reduce(foldRunEvent, emptyAnswer)
  expect(pieces.content).toBe(whole)
  expect(shown(pieces)).toEqual(shown(await stored()))
  return events.filter(({ event }) => event.type === 'CUSTOM' && event.name === 'rewind').length
}

const rowsOf = (cluster: Cluster) =>
  cluster.query<{ id: string; attempt: number; hangs: number; status: string }>('select id, attempt, hangs, status from runs')

/** Without fallbacks: the model that failed is asked again. */
async function fileOfOneModel(folder: string): Promise<string> {
  const [model] = openAiTable.models.map((model) => ({ ...model, fallbacks: [] }))
  const { id } = model!
  const file = join(folder, 'models.json')
  await writeFile(file, JSON.stringify({ ...openAiTable, models: [model], auto: { free: id, pro: id, enterprise: id }, economy: id }))
  return file
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
  const [asksLate, failsLate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let late = 0
  const model = stack.use(
    await startModel(async (request) => {
      if (!JSON.stringify(request.body).includes(lateQuestion)) return storyteller(request)
      if (!request.path.endsWith('completions') || ++late > 1) return { text: lateAnswer }
      asksLate.resolve()
      await failsLate.promise
      return { status: 503 }
    }),
  )
  const callsWith = (text: string) =>
    model.requests.filter(({ path, body }) => path.endsWith('completions') && JSON.stringify(body).includes(text)).length

  const provider = fork(fileURLToPath(new URL('story-provider.ts', import.meta.url)))
  stack.defer(() => void provider.kill('SIGKILL'))
  const [providerUrl] = (await once(provider, 'message')) as [string]
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-pause-'))
  await chmod(dataDir, 0o755)
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  const settings = { MODELS_FILE: await fileOfOneModel(dataDir) }
  const embedded = { DATABASE_URL: '', REDIS_URL: '', CHROMA_URL: '', JWT_SECRET: '', DATA_DIR: dataDir }

  const workers = stack.use(
    await startCluster({
      modelUrl: model.url,
      replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }, { JARVIS_ROLES: 'worker' }],
      settings,
    }),
  )
  const [paused, other] = [workers.replicas[1]!, workers.replicas[2]!]
  const served = stack.use(await startCluster({ modelUrl: providerUrl, replicas: [{}] }))
  const whole = stack.use(await startCluster({ modelUrl: model.url, replicas: [embedded] }))
  stack.defer(async () => void (await whole.replicas[0]!.stop()))

  const [one, two] = [await workers.signUp(), await served.signUp()]
  const registered = await createClient(whole.urls[0]!).post('/api/v1/auth/register?transport=body', newPerson())
  // All of its runs are at the worker that will be paused.
  await other.stop()
  const lateRun = await ask(workers.urls[0]!, one.token, lateQuestion, lateAnswer)
  const onWorkers = await askAll(workers.urls[0]!, one.token, 100)
  const onServed = await askAll(served.urls[0]!, two.token, 200)
  const onWhole = await askAll(whole.urls[0]!, registered.body.accessToken as string, 300)
  await other.start()
  await Promise.all([asksLate.promise, ...[...onWorkers, ...onServed, ...onWhole].map(({ begun }) => begun)])

  const areTakenOver = async () => {
    failsLate.resolve()
    return (await rowsOf(workers)).filter(({ attempt }) => attempt === 2).length >= 2
  }
  await Promise.all([pause([paused.pid()], areTakenOver), pause([provider.pid!]), pause(await familyOf(whole.replicas[0]!.pid()))])

  const rewinds = new Map<string, number>()
  for (const asked of [lateRun, ...onWorkers]) rewinds.set(asked.runId, await expectWhole(asked))
  for (const asked of [...onServed, ...onWhole]) expect(await expectWhole(asked)).toBe(0)

  const rows = await rowsOf(workers)
  for (const { id, attempt, hangs, status } of rows) {
    expect(status).toBe('succeeded')
    expect(attempt).toBeLessThanOrEqual(2)
    expect([hangs, rewinds.get(id)]).toEqual([attempt - 1, attempt - 1])
  }
  for (const run of await rowsOf(served)) expect(run).toMatchObject({ attempt: 1, hangs: 0, status: 'succeeded' })

  // Each model call is made once, and the one under way once more by the attempt that went on with the run.
  const attemptOf = ({ runId }: Asked) => rows.find(({ id }) => id === runId)!.attempt
  const callsOf = (seed: number) => (seed % 2 === 0 ? 2 : 1)
  expect({ attempt: attemptOf(lateRun), calls: callsWith(lateQuestion) }).toEqual({ attempt: 2, calls: 2 })
  for (const [index, asked] of onWorkers.entries()) expect(callsWith(`Story ${100 + index},`)).toBe(callsOf(100 + index) + attemptOf(asked) - 1)
  for (const index of onWhole.keys()) expect(callsWith(`Story ${300 + index},`)).toBe(callsOf(300 + index))
  await until(async () => (await workers.query('select 1 from runs where lease_until is not null')).length === 0)
})
