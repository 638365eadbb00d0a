import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import type { RecordedRequest } from '../../simulators/openai/scripted.ts'
import { startModel, until } from './cluster/cluster.ts'
import { startRedis } from './engines/redis.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// Two replicas: an authority is changed at one, and everything that goes on by it goes on at the other, which alone runs answers.

type Person = Awaited<ReturnType<TestApp['signUp']>>
const resources = new AsyncDisposableStack()
let here: TestApp
let there: TestApp
let admin: Person
beforeAll(async () => {
  const redis = resources.use(await startRedis())
  const model = resources.use(await startModel(holdsThenUses))
  const settings = { REDIS_URL: redis.url, OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: model.url }
  here = resources.use(await startTestApp({ ...settings, JARVIS_ROLES: 'api' }))
  there = resources.use(
    await startTestApp(
      { ...settings, DATABASE_URL: here.settings.DATABASE_URL, DATA_DIR: here.dataDir },
      { furtherTools: [holding, deed('admin_deed', { roles: ['admin'] }), deed('pro_deed', { plans: ['pro', 'enterprise'] })] },
    ),
  )
  admin = await here.signUp()
})
afterAll(() => resources.disposeAsync())

/** Stands in what may be seen or done only by who may. */
const secret = 'Zaunkönigsee'
const tool = {
  risk: 'read',
  leaves: 'nothing',
  roles: everyRole,
  plans: everyPlan,
  timeoutSeconds: 600,
  outputCharactersMax: 1000,
  untrusted: false,
} as const
const deed = (name: string, fields: object) =>
  defineTool({ ...tool, name, title: name, description: name, args: z.strictObject({}), execute: async () => ({ content: secret }), ...fields })

/** A run is in the midst of its work while its hand is held. */
let held = Promise.withResolvers<void>()
let released = Promise.withResolvers<void>()
const holding = defineTool({
  ...tool,
  name: 'hold',
  title: 'Hold',
  description: 'Holds',
  args: z.strictObject({}),
  async execute() {
    held.resolve()
    await released.promise
    return { content: 'held' }
  },
})

/** First the tool that holds, then the one that the question names, then what came of it. */
function holdsThenUses({ body }: RecordedRequest) {
  const messages = body['messages'] as { role: string; content: unknown }[]
  const at = messages.findLastIndex(({ role }) => role === 'user')
  const results = messages.slice(at + 1).filter(({ role }) => role === 'tool')
  const name = /use (\w+)/.exec(String(messages[at]!.content))?.[1] ?? 'none'
  const usage = { prompt_tokens: 100, completion_tokens: 10 }
  if (results.length === 0) return { toolCalls: [{ name: 'hold', arguments: {} }], usage }
  if (results.length === 1) return { toolCalls: [{ name, arguments: name === 'search_files' ? { query: 'How deep is the lake?' } : {} }], usage }
  return { text: `Done: ${String(results[1]!.content)}`, usage }
}

function atThe(app: TestApp, { accessToken }: Person) {
  const client = app.anyone()
  client.useToken(accessToken)
  return client
}

/** A member of an organisation, with a seat of the plan pro and a file of somebody else's group. */
async function member() {
  const [owner, person] = [await here.signUp(), await here.signUp()]
  const { body } = await owner.post('/api/v1/organisations', { name: 'Example Ltd' })
  const path = `/api/v1/organisations/${body.id}`
  await admin.patch(`/api/v1/admin/organisations/${body.id}`, { plan: 'pro', seats: 2 })
  const { url } = (await owner.post(`${path}/invitations`, {})).body
  expect((await person.post('/api/v1/organisations/join', { invitation: url.split('#invitation=')[1] })).status).toBe(200)
  const group = (await owner.post(`${path}/groups`, { name: 'Research' })).body.id as string
  await owner.put(`${path}/groups/${group}/members/${person.user.id}`)
  const form = new FormData()
  form.append('file', new Blob([`The lake ${secret} is deep.`]), 'lake.txt')
  const headers = { authorization: `Bearer ${owner.accessToken}` }
  const file = ((await (await fetch(`${here.url}/api/v1/files`, { method: 'POST', headers, body: form })).json()) as { id: string }).id
  await until(async () => (await owner.get(`/api/v1/files/${file}`)).body.status === 'ready')
  expect((await owner.put(`/api/v1/sharing/file/${file}`, { everyone: false, groupIds: [group] })).status).toBeLessThan(300)
  return { owner, person, path, group, file }
}
type World = Awaited<ReturnType<typeof member>>
type Probe = (client: ReturnType<typeof atThe>, world: World) => Promise<unknown>

const status = (pathOf: (world: World) => string) => async (client: ReturnType<typeof atThe>, world: World) =>
  (await client.get(pathOf(world))).status
const planOf: Probe = async (client) => (await client.get('/api/v1/me')).body.plan
type Case = {
  given?(world: World): Promise<unknown>
  cause(world: World): Promise<{ status: number }>
  rest: Probe
  before: unknown
  after: unknown
  /** What an open page is told. */
  told?: object
  uses: string
  /** Whether the organisation still pays for what the run asks of a model. */
  paid?: boolean
}

const cases: Record<string, Case> = {
  'the role': {
    given: ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'admin' }),
    cause: ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'user' }),
    rest: status(() => '/api/v1/admin/stats'),
    before: 200,
    after: 403,
    told: { role: 'user' },
    uses: 'admin_deed',
  },
  'the plan': {
    given: ({ path, owner, person }) =>
      owner.delete(`${path}/members/${person.user.id}`).then(() => here.accounts.setPlan(person.user.id, 'pro', 'test')),
    cause: ({ person }) => admin.patch(`/api/v1/admin/users/${person.user.id}`, { plan: 'free' }),
    rest: planOf,
    before: 'pro',
    after: 'free',
    told: { plan: 'free' },
    uses: 'pro_deed',
    paid: false,
  },
  'the seat': {
    cause: ({ owner, path, person }) => owner.patch(`${path}/members/${person.user.id}`, { seat: false }),
    rest: planOf,
    before: 'pro',
    after: 'free',
    told: { plan: 'free' },
    uses: 'pro_deed',
    paid: false,
  },
  'the group': {
    cause: ({ owner, path, group, person }) => owner.delete(`${path}/groups/${group}/members/${person.user.id}`),
    rest: status(({ file }) => `/api/v1/files/${file}/content`),
    before: 200,
    after: 404,
    uses: 'search_files',
  },
  'the membership': {
    cause: ({ owner, path, person }) => owner.delete(`${path}/members/${person.user.id}`),
    rest: async (client, world) => [
      await planOf(client, world),
      (await client.get(world.path)).status,
      (await client.get(`/api/v1/files/${world.file}`)).status,
    ],
    before: ['pro', 200, 200],
    after: ['free', 404, 404],
    told: { plan: 'free' },
    uses: 'search_files',
    paid: false,
  },
}

/** A run at work at the other replica, with a socket and an event stream there that follow it. */
async function begin(person: Person, uses: string) {
  held = Promise.withResolvers()
  released = Promise.withResolvers()
  const client = atThe(there, person)
  const socket = await client.socket({ token: person.accessToken })
  const conversation = await client.newConversation()
  const content = `Please use ${uses}.`
  const { runId } = (await client.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content })).body
  socket.send({ type: 'subscribe', runId, after: 0 })
  const stream = client.events(runId)
  stream.catch(() => undefined)
  await held.promise
  return { client, socket, stream }
}
const textOf = (events: Awaited<Awaited<ReturnType<typeof begin>>['stream']>) =>
  events.flatMap(({ event }) => (event.type === 'TEXT_MESSAGE_CONTENT' ? [event.delta] : [])).join('')
const tokensUsed = async ({ owner, path }: World) => (await owner.get(`${path}/budget`)).body.tokensUsed as number

test.each(Object.entries(cases))(
  '%s is taken away at one replica: REST, socket and run at the other know it, and nothing else ends',
  async (_name, it) => {
    // First as long as it is there, so that what is refused below is refused for that alone.
    const world = await member()
    await it.given?.(world)
    const allowed = await begin(world.person, it.uses)
    released.resolve()
    expect(textOf(await allowed.stream)).toContain(secret)
    allowed.socket.close()

    const { client, socket, stream } = await begin(world.person, it.uses)
    const paidBefore = await tokensUsed(world)
    expect(await it.rest(client, world)).toEqual(it.before)
    expect((await it.cause(world)).status).toBeLessThan(300)
    expect(await it.rest(client, world)).toEqual(it.after)
    if (it.told) expect((await socket.next('user')).user).toMatchObject(it.told)

    released.resolve()
    const events = await stream
    expect(events.at(-1)!.event.type).toBe('RUN_FINISHED')
    expect(textOf(events)).toContain('Done: ')
    expect(textOf(events)).not.toContain(secret)
    await socket.next('event', ({ event }) => event.type === 'RUN_FINISHED')
    socket.send({ type: 'ping', id: 'p' })
    await socket.next('pong')
    socket.close()
    // What the run asked of a model after it is not the organisation's to pay any more.
    if (it.paid === false) expect(await tokensUsed(world)).toBe(paidBefore)
    else if (it.uses !== 'admin_deed') expect(await tokensUsed(world)).toBeGreaterThan(paidBefore)
  },
)
