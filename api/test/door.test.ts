import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverFrames } from '@jarvis/contracts/server-frames.ts'
import { ClientFrame } from '@jarvis/contracts/socket.ts'
import type { MayCall } from '@jarvis/contracts/who.ts'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeApi } from '#describe-api.ts'
import { describeSocket } from '#http/asyncapi.ts'
import { requireWho, whoTable } from '#http/door.ts'
import { version } from '#lib/version.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const metricsToken = 'a-token-for-the-metrics-of-this-test'
let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ METRICS_TOKEN: metricsToken })
})
afterAll(() => app[Symbol.asyncDispose]())

const scopes = ['chat', 'v1', 'memory', 'files', 'tools'] as const
type ScopedKey = `key:${(typeof scopes)[number]}`
type Caller = 'none' | 'bad' | 'disabled' | 'erased' | 'directory' | 'person' | 'admin' | 'key' | 'admin key' | ScopedKey
const nobody: Caller[] = ['none', 'bad', 'disabled', 'erased', 'directory']
const keys: Caller[] = ['key', 'admin key']
/** Whom each word of a `who` lets in; somebody who is not in an organisation is let in to find nothing. */
const lets: Record<string, Caller[]> = {
  person: ['person', 'admin'],
  member: ['person', 'admin'],
  admin: ['admin'],
  key: [...keys, ...scopes.map((scope): ScopedKey => `key:${scope}`)],
  ...Object.fromEntries(scopes.map((scope) => [`key:${scope}`, [...keys, `key:${scope}`]])),
}
/** Whom a route lets in that is not for anyone. */
const invited = (who: MayCall): Caller[] => who.flatMap((each) => lets[each] ?? lets[each.split(':')[0]!] ?? [])

const pathOf = (url: string) => url.replaceAll(/:id/g, crypto.randomUUID()).replaceAll(/:\w+|\*/g, 'x')
/** What ends the callers comes last. */
const lastOnes = ['/api/v1/me', '/api/v1/auth/sessions/:id', '/api/v1/api-keys/:id']
const routes = () =>
  app.server.doorRoutes.filter(({ method }) => method !== 'OPTIONS').toSorted((a, b) => lastOnes.indexOf(a.url) - lastOnes.indexOf(b.url))

async function tokens(): Promise<Record<Caller, string | undefined>> {
  const [admin, person] = [await app.signUp(), await app.signUp()]
  await app.accounts.change(admin.person.email, { role: 'admin' })
  const secretOf = async (owner: typeof person, fields = {}) =>
    (await owner.post('/api/v1/api-keys', { name: 'key', ...fields })).body.secret as string
  const [disabled, erased] = [await app.signUp(), await app.signUp()]
  await app.accounts.change(disabled.person.email, { disabled: true })
  await erased.delete('/api/v1/me')
  const byScope = Object.fromEntries(await Promise.all(scopes.map(async (scope) => [`key:${scope}`, await secretOf(person, { scopes: [scope] })])))
  return {
    ...(byScope as Record<ScopedKey, string>),
    none: undefined,
    bad: 'nonsense',
    disabled: disabled.accessToken,
    erased: erased.accessToken,
    directory: await tokenOfDirectory(),
    person: person.accessToken,
    admin: admin.accessToken,
    key: await secretOf(person),
    'admin key': await secretOf(admin),
  }
}

/** Made as an administrator's page makes it; there are few at a time. */
async function tokenOfDirectory(): Promise<string> {
  const admin = await app.signUp()
  await app.accounts.change(admin.person.email, { role: 'admin' })
  const { items } = (await admin.get('/api/v1/admin/scim-tokens')).body
  for (const { id } of items) await admin.delete(`/api/v1/admin/scim-tokens/${id}`)
  return (await admin.post('/api/v1/admin/scim-tokens', { name: 'Directory' })).body.secret
}

async function statusOf(method: string, url: string, token: string | undefined): Promise<number> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(app.url + pathOf(url), { method, headers })
  await answer.body?.cancel()
  return answer.status
}

test('every route answers each caller as its `who` says', async () => {
  const held = await tokens()
  expect(routes().length).toBeGreaterThan(50)
  const wrong: string[] = []
  for (const { method, url, who } of routes()) {
    const ask = async ([caller, token]: [Caller, string | undefined]): Promise<[Caller, number]> => {
      // An account that was erased by the route before is another's turn.
      const ends = method === 'DELETE' && url === '/api/v1/me' && ['person', 'admin'].includes(caller)
      return [caller, await statusOf(method, url, ends ? (await tokens())[caller] : token)]
    }
    const callers = Object.entries(held) as [Caller, string | undefined][]
    const statuses = new Map<Caller, number>()
    if (lastOnes.includes(url)) for (const caller of callers) statuses.set(...(await ask(caller)))
    else for (const [caller, status] of await Promise.all(callers.map(ask))) statuses.set(caller, status)
    const shown = `${method} ${url} (${who.join(', ')}): ${JSON.stringify(Object.fromEntries(statuses))}`
    const [first] = statuses.values()
    if (who.includes('anyone')) {
      if (![...statuses.values()].every((status) => status === first)) wrong.push(`who asks makes a difference: ${shown}`)
    } else if (who.includes('operator')) {
      if (![...statuses.values()].every((status) => status === 404)) wrong.push(`not for the operator alone: ${shown}`)
      expect(await statusOf(method, url, metricsToken)).toBe(200)
    } else if (who.includes('scim')) {
      for (const [caller, status] of statuses) if ((caller === 'directory') === (status === 401)) wrong.push(`not for directories alone: ${shown}`)
    } else {
      for (const [caller, status] of statuses) {
        const expected = nobody.includes(caller) ? status === 401 : invited(who).includes(caller) ? ![401, 403].includes(status) : status === 403
        if (!expected) wrong.push(`${caller}: ${shown}`)
      }
    }
  }
  expect(wrong).toEqual([])
}, 600_000)

test('of an organisation each route answers who is not in it, member, admin and owner as its `who` says', async () => {
  const [owner, manager, member, stranger] = [await app.signUp(), await app.signUp(), await app.signUp(), await app.signUp()]
  const { id } = (await owner.post('/api/v1/organisations', { name: 'Example Ltd' })).body
  for (const [person, role] of [
    [manager, 'admin'],
    [member, 'member'],
  ] as const) {
    const { url } = (await owner.post(`/api/v1/organisations/${id}/invitations`, { role })).body
    await person.post('/api/v1/organisations/join', { invitation: url.split('#invitation=')[1] })
  }
  const roles = ['member', 'admin', 'owner']
  const least = (who: MayCall) => ['member', 'member:admin', 'member:owner'].findIndex((each) => (who as readonly string[]).includes(each))
  const found = routes().filter(({ who }) => least(who) >= 0)
  expect(found.length).toBeGreaterThan(8)
  const wrong: string[] = []
  // What ends the organisation comes last, and its owner after the others.
  for (const { method, url, who } of found.toSorted(
    (a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE') || b.url.length - a.url.length,
  )) {
    for (const [role, person] of [
      ['stranger', stranger],
      ['member', member],
      ['admin', manager],
      ['owner', owner],
    ] as const) {
      const status = await statusOf(method, url.replace(':id', id), person.accessToken)
      const isRight = role === 'stranger' ? status === 404 : roles.indexOf(role) < least(who) ? status === 403 : ![401, 403].includes(status)
      if (!isRight) wrong.push(`${role}: ${method} ${url} (${who.join(', ')}): ${status}`)
    }
  }
  expect(wrong).toEqual([])
})

test('a NUL in a path or a query is a fault of who asks, at every route', async () => {
  const held = await tokens()
  const wrong: string[] = []
  for (const { method, url } of routes()) {
    const odd = [...(/:\w+/.test(url) ? [url.replaceAll(/:\w+/g, '%00')] : []), `${pathOf(url)}?cursor=%00&q=%00&after=%00`]
    for (const path of odd)
      for (const token of [held.admin, held['admin key']]) {
        const answer = await fetch(app.url + path, { method, redirect: 'manual', headers: { authorization: `Bearer ${token}` } })
        await answer.body?.cancel()
        if (answer.status >= 500) wrong.push(`${method} ${path}: ${answer.status}`)
      }
  }
  expect(wrong).toEqual([])
})

test('what a route answers stays in no cache, be it an answer or a refusal', async () => {
  const { admin } = await tokens()
  const wrong: string[] = []
  for (const { method, url } of routes().filter(({ url }) => /^\/(api|mcp|v1|metrics|healthz|readyz)/.test(url))) {
    for (const token of [undefined, metricsToken, ...(method === 'GET' ? [admin] : [])]) {
      const answer = await fetch(app.url + pathOf(url), { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
      await answer.body?.cancel()
      if (!answer.headers.get('cache-control')?.includes('no-store'))
        wrong.push(`${method} ${url}: ${answer.status} ${answer.headers.get('cache-control')}`)
    }
  }
  expect(wrong).toEqual([])
  const signedUp = await app.signUp()
  const sent = await signedUp.post(`/api/v1/conversations/${await signedUp.newConversation()}/messages`, {
    messageId: crypto.randomUUID(),
    content: 'Hi',
  })
  const stream = await signedUp.get(`/api/v1/runs/${sent.body.runId}/events`)
  expect(stream.headers.get('cache-control')).toContain('no-store')
})

test('a route that does not say who may call it stops the start, in a sentence', async () => {
  const server = fastify()
  requireWho(server)
  expect(() => server.get('/api/v1/secrets', async () => 'all of them')).toThrow(
    'GET /api/v1/secrets does not say who may call it: give its endpoint a `who`.',
  )
  await server.openToAnyone(async () => server.get('/docs', async () => 'of a library'))
  expect(() => server.get('/later', async () => 'closed again')).toThrow('does not say who')
  await server.close()
})

test('a path that is no route is 404 for anyone, with a token or without', async () => {
  const held = await tokens()
  for (const token of Object.values(held)) expect(await statusOf('GET', '/api/v1/nothing-here', token)).toBe(404)
})

test('the table of the protocol’s page is that of the routes', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8')
  const printed = /<!-- routes -->\n+([\s\S]*?)\n+<!-- \/routes -->/.exec(page)?.[1]
  const isOfApi = /^\/(api|v1|scim|mcp|healthz|readyz|metrics|openapi|asyncapi)/
  const shown = app.server.doorRoutes.filter(({ method, url }) => method !== 'OPTIONS' && isOfApi.test(url))
  expect(printed).toBe(whoTable(shown))
})

test('the description of the API names the same: a token, a key, or nothing, and in `x-who` with which role or scope', async () => {
  const { paths } = (await app.anyone().get('/openapi.json')).body
  const at = (method: string, path: string) => ({ security: paths[path][method].security, who: paths[path][method]['x-who'] })
  expect(at('post', '/api/v1/auth/login')).toEqual({ security: [], who: ['anyone'] })
  expect(at('get', '/api/v1/conversations')).toEqual({ security: [{ bearer: [] }, { apiKey: [] }], who: ['person', 'key:chat'] })
  expect(at('post', '/api/v1/api-keys')).toEqual({ security: [{ bearer: [] }], who: ['person'] })
  expect(at('get', '/api/v1/admin/users')).toEqual({ security: [{ bearer: [] }], who: ['admin'] })
  expect(at('post', '/mcp')).toEqual({ security: [{ apiKey: [] }], who: ['key:tools'] })
})

test('each operation of the description has a name, a summary, an example and its headers, and takes an Idempotency-Key where the server does', async () => {
  const description = (await app.anyone().get('/openapi.json')).body
  type Content = Record<string, { example?: unknown; schema?: object }>
  type Operation = {
    operationId?: string
    summary?: string
    parameters?: { $ref?: string }[]
    requestBody?: { required: boolean; content: Content }
    responses: Record<string, { $ref?: string; headers?: Record<string, { $ref: string }>; content?: Content }>
  }
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({ at: `${method} ${path}`, ...operation })),
  )
  expect(operations.length).toBeGreaterThan(50)
  expect(operations.filter(({ operationId, summary }) => !operationId || !summary).map(({ at }) => at)).toEqual([])
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)

  const bare = operations.flatMap(({ at, requestBody, responses }) => [
    ...Object.values(requestBody?.required ? requestBody.content : {}).map(({ example }) => [at, 'body', example]),
    ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).flatMap(([type, { example }]) => (type === 'image/jpeg' ? [] : [[at, status, example]])),
    ),
  ])
  expect(bare.length).toBeGreaterThan(80)
  expect(bare.filter(([, , example]) => example === undefined)).toEqual([])
  const successes = operations.map(({ at, responses }) => ({ at, ...Object.entries(responses).find(([status]) => /^[23]/.test(status))?.[1] }))
  expect(successes.filter(({ headers }) => !headers?.['X-Request-Id']).map(({ at }) => at)).toEqual([])
  const limited = successes.filter(({ headers }) => headers?.RateLimit).map(({ at }) => at)
  expect(limited).toEqual(expect.arrayContaining(['post /api/v1/auth/login', 'post /api/v1/conversations/{id}/messages', 'post /v1/embeddings']))

  const refusals = new Map(operations.map(({ at, responses }) => [at, responses['4XX']]))
  expect(refusals.get('get /api/v1/me')).toEqual({ $ref: '#/components/responses/Problem' })
  expect(refusals.get('get /v1/models')?.content?.['application/json']?.example).toHaveProperty('error.code')
  expect(description.components.schemas.Problem).toMatchObject({ type: 'object' })
  expect(JSON.stringify(description).match(/"application\/problem\+json"/g)).toHaveLength(1)

  const taking = operations.filter(({ parameters = [] }) => parameters.some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey'))
  const names = taking.map(({ at }) => at)
  expect(names).toEqual(expect.arrayContaining(['post /api/v1/conversations', 'post /api/v1/api-keys', 'post /v1/chat/completions']))
  expect(names.filter((at) => at === 'post /api/v1/agui' || at === 'post /api/v1/auth/login')).toEqual([])
})

test('what is answered may gain fields, and what is asked may not: the descriptions say so', async () => {
  const closed = (value: unknown) => JSON.stringify(value).match(/"additionalProperties":false/g)?.length ?? 0
  const { paths, components } = (await app.anyone().get('/openapi.json')).body as {
    paths: Record<string, Record<string, { requestBody?: object; responses: object }>>
    components: { schemas: Record<string, object> }
  }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  expect(closed(operations.map(({ responses }) => responses))).toBe(0)
  const { Conversation, Message, Problem } = components.schemas
  expect(closed([Conversation, Message, Problem])).toBe(0)
  expect(closed(operations.map(({ requestBody }) => requestBody ?? null))).toBeGreaterThan(20)
  const { messages } = (await app.anyone().get('/asyncapi.json')).body.components as { messages: Record<string, { payload: object }> }
  const ofServer = Object.entries(messages).filter(([name]) => name.startsWith('server.'))
  expect(ofServer.length).toBeGreaterThan(5)
  expect(closed(ofServer)).toBe(0)
  expect(closed(messages['client.send'])).toBeGreaterThan(0)
})

test('the socket is described beside it, with every frame that the contract has', async () => {
  const described = (await app.anyone().get('/asyncapi.json')).body
  expect(described).toEqual(JSON.parse(JSON.stringify(describeSocket({ version, host: new URL(app.url).host, isSecure: false }))))
  const names = [
    ...ClientFrame.options.map(({ shape }) => `client.${shape.type.value}`),
    ...Object.keys(serverFrames).map((type) => `server.${type}`),
  ]
  expect(Object.keys(described.channels.socket.messages).toSorted()).toEqual(names.toSorted())
})

test('the check reads the same description without a database', async () => {
  expect((await app.anyone().get('/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(await describeApi())))
})
