import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startRedis } from '../engines/redis.ts'
import { startCluster, startModel, until } from './cluster.ts'

const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
const nameOf = (error: Error) => error.name

test('a process that dies while Redis is down leaves its sibling serving, and is there again soon after Redis is', async () => {
  const redis = await startRedis()
  await using model = await startModel(() => ({ text: 'Still here' }))
  await using cluster = await startCluster({ modelUrl: model.url, redisUrl: redis.url, replicas: [{ WEB_CONCURRENCY: '2' }] })
  const [server] = cluster.replicas
  const person = await cluster.signUp()
  const client = person.on(server!.url)
  await until(() => childrenOf(server!.pid()).length === 2)

  await redis.kill()
  const [first, second] = childrenOf(server!.pid()) as [number, number]
  process.kill(first, 'SIGKILL')
  // Three more have come and gone: once was enough to end everything.
  const seen = new Set<number>([first, second])
  await until(() => {
    for (const pid of childrenOf(server!.pid())) seen.add(pid)
    return seen.size >= 5
  })
  expect((await client.get('/api/v1/me')).status).toBe(200)
  expect(childrenOf(server!.pid())).toContain(second)

  await using _back = await startRedis(redis.port)
  await until(async () => (await client.get('/readyz')).status === 200)
  const conversation = (await client.post('/api/v1/conversations', {})).body.id as string
  expect((await client.ask(conversation, 'Hi')).at(-1)).toMatchObject({ type: 'RUN_FINISHED' })
  await until(() => childrenOf(server!.pid()).length === 2)
})

test('whichever of the processes is scraped, the figures are those of all, and none goes back when one dies', async () => {
  await using redis = await startRedis()
  await using model = await startModel(() => ({ text: 'Counted' }))
  await using cluster = await startCluster({ modelUrl: model.url, redisUrl: redis.url, replicas: [{ WEB_CONCURRENCY: '2' }] })
  const [server] = cluster.replicas
  await until(() => childrenOf(server!.pid()).length === 2)
  const fetchAlone = (path: string) => fetch(server!.url + path, { headers: { connection: 'close' }, signal: AbortSignal.timeout(20_000) })
  const figure = async (series: string) => {
    const text = await (await fetchAlone('/metrics')).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1),
    )
  }
  const answered = 'jarvis_http_request_duration_seconds_count{method="GET",route="/api/v1/me",status="401"}'
  // A process that is free takes the next connection: of so many at once both take some.
  await Promise.all(Array.from({ length: 40 }, () => fetchAlone('/api/v1/me')))
  for (let times = 0; times < 8; times++) expect(await figure(answered)).toBe(40)
  expect(await figure('jarvis_waiting_runs')).toBe(0)
  expect(await figure('jarvis_engine_up{engine="redis"}')).toBe(1)

  process.kill(childrenOf(server!.pid())[0]!, 'SIGKILL')
  // What the dying one had taken is cut off; nothing waits for it.
  const meanwhile = await Promise.all(Array.from({ length: 40 }, () => fetchAlone('/healthz').then(({ status }) => status, nameOf)))
  expect(meanwhile).toContain(200)
  expect(meanwhile).not.toContain('TimeoutError')
  await until(async () => (await figure(answered).catch(() => 0)) === 40 && childrenOf(server!.pid()).length === 2)
  await fetchAlone('/api/v1/me')
  expect(await figure(answered)).toBe(41)
})
