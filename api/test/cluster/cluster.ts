import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { inject } from 'vitest'
import { type Script, startScriptedModel } from '../../../simulators/openai/scripted.ts'
import { type Answer, createClient } from '../client.ts'
import { freePort } from '../engines/free-port.ts'
import { startProgram } from '../engines/program.ts'
import { startRedis } from '../engines/redis.ts'
import { copyDatabase, newPerson } from '../test-app.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const compileCache = join(import.meta.dirname, '../../../node_modules/.cache/v8')
/** As the image has it. */
const NODE_OPTIONS = '--max-semi-space-size=16'
const startMsMax = 120_000

/** Rounds for a longer soak: `CLUSTER_ROUNDS=10` makes ten times as many. */
export const rounds = (count: number) => count * Number(process.env.CLUSTER_ROUNDS ?? 1)

export type Replica = Awaited<ReturnType<typeof startReplica>>
export type Cluster = Awaited<ReturnType<typeof startCluster>>

/** One process of Jarvis that can be killed and started again on its port. */
async function startReplica(settings: Record<string, string>, entry: string) {
  const url = `http://127.0.0.1:${settings.PORT}`
  let child: ChildProcess
  let logs = ''

  async function start(): Promise<void> {
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, NODE_OPTIONS, CONVERSATION_TITLES: 'words', ...settings }
    child = startProgram(process.execPath, [entry], { env })
    const started = child
    let output = ''
    child.stdout!.on('data', (data) => (logs += String(data)))
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the process is not ready: ${output}`)), startMsMax)
      started.stderr!.on('data', (data) => {
        output += String(data)
        if (!output.includes('Jarvis is ready')) return
        clearTimeout(late)
        resolve()
      })
      started.once('exit', (code) => {
        clearTimeout(late)
        reject(new Error(`the process ended with ${code}: ${output}`))
      })
    })
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = once(child, 'exit')
    child.kill(signal)
    return ((await exited) as [number | null])[0]
  }

  await start()
  return {
    url,
    start,
    kill: () => end('SIGKILL'),
    /** Ends it in good order and tells its exit code. */
    stop: () => end('SIGTERM'),
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    pid: () => child.pid!,
    log: () => logs,
    /** Its log lines of level error and above. */
    errors: () => logs.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line)),
  }
}

type Options = {
  modelUrl: string
  replicas?: Record<string, string>[]
  settings?: Record<string, string>
  redisUrl?: string
  databaseUrl?: string
  entry?: string
}

/** Several real processes on one PostgreSQL, one Redis and one Chroma; each entry of `replicas` adds settings of its own. */
export async function startCluster({ modelUrl, replicas = [{}, {}, {}], settings = {}, entry = main, ...given }: Options) {
  await using stack = new AsyncDisposableStack()
  const redisUrl = given.redisUrl ?? stack.use(await startRedis()).url
  const databaseUrl = given.databaseUrl ?? (await copyDatabase(stack))
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => {})
  stack.defer(() => pool.end())
  const shared = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    CHROMA_URL: inject('chromaUrl'),
    JWT_SECRET: 'one secret for every process of a cluster',
    OPENAI_API_KEY: 'sk-test-secret',
    OPENAI_BASE_URL: modelUrl,
    ACCESS_TOKEN_SECONDS: '7200',
    LOG_LEVEL: 'error',
    MEMORY_FACTS: 'rules',
  }
  const started = await Promise.all(
    replicas.map(async (own) => {
      const replica = await startReplica({ ...shared, PORT: String(await freePort()), ...settings, ...own }, entry)
      stack.defer(async () => void (await replica.kill()))
      return replica
    }),
  )
  const resources = stack.move()
  return {
    replicas: started,
    urls: started.map(({ url }) => url),
    redisUrl,
    databaseUrl,
    query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) => (await pool.query<Row>(text, values)).rows,

    /** A person of the largest plan, so that limits are not what is tested. */
    async signUp(plan = 'enterprise') {
      const client = createClient(started[0]!.url)
      const { status, body } = await client.post('/api/v1/auth/register?transport=body', newPerson())
      if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`)
      await pool.query('update users set plan = $2 where id = $1', [body.user.id, plan])
      const token = body.accessToken as string
      return { id: body.user.id as string, token, refreshToken: body.refreshToken as string, on: (url: string) => clientOf(url, token) }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function clientOf(url: string, token: string) {
  const client = createClient(url)
  client.useToken(token)
  return client
}

/** A scripted provider that goes with its scope. */
export async function startModel(script: Script) {
  const model = await startScriptedModel(script)
  return { ...model, [Symbol.asyncDispose]: () => model.close() }
}

/** Asks as a client behind a load balancer does: a process that is gone or refuses for now is asked again, elsewhere. */
export async function untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer && answer.status < 300) return answer
    if (answer && answer.status !== 503) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    await wait(20)
  }
}

/** For what nothing announces: a process's state, a row of another connection. */
export async function until(isSo: () => unknown, msMax = 60_000): Promise<void> {
  const deadline = performance.now() + msMax
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within ${msMax} ms: ${String(isSo)}`)
    await wait(10)
  }
}
