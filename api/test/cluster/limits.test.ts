import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../client.ts'
import { type Cluster, rounds, startCluster, startModel } from './cluster.ts'

const shiftMs = 5 * 60_000
const preload = pathToFileURL(join(import.meta.dirname, 'shifted-clock.mjs')).href

const open = new AsyncDisposableStack()
let cluster: Cluster
let urls: [string, string]
let admin: Awaited<ReturnType<Cluster['signUp']>>
beforeAll(async () => {
  const model = open.use(await startModel(() => ({ text: 'never asked' })))
  // Nobody answers: only what is let in is counted. The second process goes five minutes fast.
  cluster = open.use(
    await startCluster({
      modelUrl: model.url,
      settings: { JARVIS_ROLES: 'api', RUNS_WAITING_MAX: '100000' },
      replicas: [{}, { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: String(shiftMs) }],
    }),
  )
  urls = cluster.urls as [string, string]
  admin = await cluster.signUp('free')
})
afterAll(() => open.disposeAsync())

const onBoth = <Result>(count: number, ask: (url: string) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(urls[index % 2]!)))

/** People with an API key each, without the cost of a password. */
async function peopleWithKeys(count: number): Promise<((url: string) => ReturnType<typeof createClient>)[]> {
  const people = Array.from({ length: count }, () => ({ id: crypto.randomUUID(), secret: `jv_${crypto.randomUUID()}` }))
  const rows = people.map(({ id, secret }) => ({ id, hash: createHash('sha256').update(secret).digest('base64url') }))
  const given = [JSON.stringify(rows)]
  await cluster.query(
    `insert into users (id, email, name, password_hash, role) select (r->>'id')::uuid, r->>'id', 'Ada', '', 'user' from jsonb_array_elements($1) r`,
    given,
  )
  await cluster.query(
    `insert into api_keys (id, user_id, name, prefix, secret_hash)
     select gen_random_uuid(), (r->>'id')::uuid, 'test', 'jv_', r->>'hash' from jsonb_array_elements($1) r`,
    given,
  )
  return people.map(({ secret }) => (url) => {
    const client = createClient(url)
    client.useToken(secret)
    return client
  })
}

test('in each of 50 rounds on two processes with clocks five minutes apart exactly the limit is admitted', async () => {
  const people = await peopleWithKeys(rounds(50))
  const admitted: number[] = []
  for (const on of people) {
    const conversation = await on(urls[0]).newConversation()
    const answers = await onBoth(30, (url) =>
      on(url).post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Hi' }),
    )
    admitted.push(answers.filter(({ status }) => status === 202).length)
    for (const { headers } of answers.filter(({ status }) => status === 429)) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60)
    }
  }
  expect(admitted).toEqual(people.map(() => 20))
})

test('of 40 password guesses made at once on two processes five are looked at', async () => {
  const [{ email }] = (await cluster.query<{ email: string }>('select email from users where id = $1', [admin.id])) as [{ email: string }]
  const answers = await onBoth(40, (url) => createClient(url).post('/api/v1/auth/login', { email, password: 'a wrong guess' }))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(35)
})

const refresh = (url: string, refreshToken: string) => createClient(url).post('/api/v1/auth/refresh?transport=body', { refreshToken })

test('20 refreshes of one token at once on two processes are one lineage, and nobody is signed out', async () => {
  // A person may renew 120 times a minute.
  for (let who = 0; who < rounds(2); who++) {
    const person = await cluster.signUp('free')
    let { refreshToken } = person
    for (let round = 0; round < 5; round++) {
      const answers = await onBoth(20, (url) => refresh(url, refreshToken))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      const successors = new Set(answers.map(({ body }) => body.refreshToken as string))
      expect(successors.size).toBe(1)
      for (const { body } of answers) expect((await fetchMe(body.accessToken)).status).toBe(200)
      refreshToken = [...successors][0]!
    }
    const [{ unused }] = (await cluster.query<{ unused: string }>(
      'select count(*) as unused from refresh_tokens join sessions s on s.id = session_id where s.user_id = $1 and used_at is null',
      [person.id],
    )) as [{ unused: string }]
    expect(Number(unused)).toBe(1)
  }
})

const fetchMe = (token: string) => fetch(`${urls[1]}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })

test('a token used after its grace, in another process, ends the session and its sockets everywhere', async () => {
  const person = await cluster.signUp('free')
  const sockets = await Promise.all(urls.map((url) => person.on(url).socket({ token: person.token })))
  expect((await refresh(urls[0], person.refreshToken)).status).toBe(200)
  await cluster.query(`update refresh_tokens set used_at = used_at - interval '10 seconds' where used_at is not null`)
  expect((await refresh(urls[1], person.refreshToken)).status).toBe(401)
  for (const socket of sockets) expect((await socket.closed).code).toBe(4403)
  expect((await fetchMe(person.token)).status).toBe(401)
})

test('a change of plan in one process is told to sockets of the other and acts there on the next request; so does disabling', async () => {
  const person = await cluster.signUp('free')
  const socket = await person.on(urls[1]).socket({ token: person.token })
  const change = (body: object) => admin.on(urls[0]).patch(`/api/v1/admin/users/${person.id}`, body)
  const conversation = await person.on(urls[1]).newConversation()

  expect((await change({ plan: 'pro' })).status).toBe(200)
  expect((await socket.next('user')).user.plan).toBe('pro')
  const message = { messageId: crypto.randomUUID(), content: 'Hi' }
  const sent = await person.on(urls[1]).post(`/api/v1/conversations/${conversation}/messages`, message)
  expect(sent.headers.get('ratelimit-policy')).toBe('"plan";q=60;w=60')

  expect((await change({ disabled: true })).status).toBe(200)
  expect((await socket.closed).code).toBe(4403)
})
