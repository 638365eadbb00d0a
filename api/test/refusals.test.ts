import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

const secondOrigin = 'https://page.example'
let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp({ ALLOWED_ORIGINS: secondOrigin })
  admin = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

/** Sends bytes as they are, for no client would, and reads the answer to its end. */
async function sendRaw(head: string): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  let read = ''
  socket.on('data', (data) => (read += data.toString()))
  // A server that has read enough does not wait for the rest.
  socket.on('error', () => undefined)
  socket.write(head)
  await once(socket, 'close')
  const [top = '', body = ''] = read.split('\r\n\r\n', 2)
  const [line = '', ...fields] = top.split('\r\n')
  const headers = Object.fromEntries(fields.map((field) => [field.split(':', 1)[0]!.toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]))
  return { status: Number(line.split(' ')[1]), headers, body }
}

const request = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'host: jarvis', 'connection: close', ...headers].join('\r\n')}\r\n\r\n`

test.each([
  ['OPTIONS without the headers of a preflight', request('OPTIONS /api/v1/conversations'), 400],
  ['OPTIONS of a page, without them', request('OPTIONS /'), 400],
  ['an escape that is none', request('GET /api/v1/conversations/%ZZ'), 400],
  ['an escape that is no UTF-8', request('GET /api/v1/runs/%c0%ae'), 400],
  ['an escape cut off', request('GET /%'), 400],
  ['a parameter of 10,000 characters', request(`GET /api/v1/runs/${'a'.repeat(10_000)}`), 400],
  ['a path that is none', request('GET nothing'), 400],
  ['a method that no route has', request('PROPFIND /api/v1/me'), 404],
  ['a method that is none', request('JARVIS /api/v1/me'), 400],
  ['headers of 100,000 bytes', request('GET /api/v1/me', `x-long: ${'a'.repeat(100_000)}`), 431],
  ['an expectation that nobody meets', request('POST /api/v1/conversations', 'expect: miracles', 'content-length: 0'), 417],
  ['a body of two lengths', request('POST /api/v1/conversations', 'content-length: 3', 'transfer-encoding: chunked'), 400],
  [
    'a body that is no gzip',
    request('POST /api/v1/auth/login', 'content-type: application/json', 'content-encoding: gzip', 'content-length: 2') + '{}',
    400,
  ],
  [
    'a packing that nobody knows',
    request('POST /api/v1/auth/login', 'content-type: application/json', 'content-encoding: lzw', 'content-length: 2') + '{}',
    415,
  ],
  ['a path that is no UTF-8', request('GET /api/v1/runs/%E0%A4'), 400],
  ['no host', 'GET /api/v1/me HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ['bytes that are no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
])('%s is a problem with a request id, as everything else', async (_name, bytes, status) => {
  const answer = await sendRaw(bytes)
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json; charset=utf-8' } })
  const problem = JSON.parse(answer.body)
  expect(problem).toMatchObject({ type: 'about:blank', status, detail: expect.any(String), code: expect.any(String), title: expect.any(String) })
  expect(problem.detail, 'what to do, and not the title again').not.toContain(problem.title)
  expect(problem.requestId).toBe(answer.headers['x-request-id'])
  expect(problem.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(answer.headers['cache-control']).toBe('no-store')
})

test.each([
  ['a parameter of 300 characters', request(`GET /v1/models/${'a'.repeat(300)}`), 400],
  ['an escape that is none', request('GET /v1/models/%ZZ'), 400],
  ['an escape that is no UTF-8', request('POST /v1/%c0%ae', 'content-length: 0'), 400],
  ['OPTIONS without the headers of a preflight', request('OPTIONS /v1/models'), 400],
  ['a method that no route has', request('PROPFIND /v1/models'), 404],
  ['a path that is not there', request('GET /v1/nothing'), 404],
  ['a page that may not ask', request('POST /v1/chat/completions', 'origin: https://evil.test', 'content-length: 0'), 403],
])('below /v1, %s is refused in the shape of OpenAI', async (_name, bytes, status) => {
  const answer = await sendRaw(bytes)
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } })
  expect(answer.headers['x-request-id']).toBeTruthy()
  const { error } = JSON.parse(answer.body)
  expect(error).toMatchObject({ message: expect.stringMatching(/./), type: 'invalid_request_error', param: null })
})

/** Every list of the API, as its description has them. */
const lists = async (): Promise<string[]> => {
  const conversation = await admin.newConversation()
  const { id: organisation } = (await admin.post('/api/v1/organisations', { name: 'Example' })).body
  for (let n = 0; n < 3; n++) {
    await admin.newConversation()
    await admin.post('/api/v1/folders', { name: `Folder ${n}` })
    await admin.post('/api/v1/memories', { text: `I have ${n + 2} cats` })
    const form = new FormData()
    form.append('file', new Blob([`File ${n}`]), `${n}.txt`)
    await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${admin.accessToken}` }, body: form })
    await admin.post('/api/v1/api-keys', { name: `Key ${n}` })
    await admin.ask(conversation, 'Hello')
    await app.signUp()
    await admin.post(`/api/v1/organisations/${organisation}/invitations`, {})
    await admin.post('/api/v1/organisations', { name: `Another ${n}` })
  }
  const { paths } = (await app.anyone().get('/openapi.json')).body as { paths: Record<string, { get?: { parameters?: { name: string }[] } }> }
  const found = Object.entries(paths).filter(([, { get }]) => get?.parameters?.some(({ name }) => name === 'cursor'))
  const whose = (path: string) => (path.includes('/conversations/') ? conversation : path.includes('/organisations/') ? organisation : admin.user.id)
  return found.map(([path]) => path.replace('{id}', whose(path)))
}
const cursors = [
  'nonsense', '-1', '1.5', '1e3', '0x10', '%20', ' 1', 'NaN', 'Infinity', '9007199254740991', '9007199254740993', '2147483648', '4294967296',
  '9223372036854775807', '99999999999999999999', '1_2', 'before_999999999999999', 'before_-1', 'before_', `9999999999999999_${crypto.randomUUID()}`,
  `0_${crypto.randomUUID()}`, '_', 'null', '[]', '../..', "' or 1=1", '١٢٣', crypto.randomUUID().toUpperCase(), `${crypto.randomUUID()}x`,
] // prettier-ignore

test.each([
  ['an escape in the path that is none', '/api/v1/conversations/%ZZ', 'GET', undefined],
  ['an escape in the query that is none', '/api/v1/conversations?q=%ff', 'GET', undefined],
  ['a part of the path that is too long', `/api/v1/runs/${'a'.repeat(300)}`, 'GET', undefined],
  ['a route that is not there', '/api/v1/nothing', 'GET', undefined],
  ['a body that is no JSON', '/api/v1/conversations', 'POST', '{'],
  ['nobody who is signed in', '/api/v1/me', 'PATCH', '{}'],
])('%s: a page of an origin that may ask reads why it was refused, and no other page does', async (_name, path, method, body) => {
  const ask = async (origin: string) => {
    const headers = { origin, ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(app.url + path, { method, headers, ...(body && { body }) })
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(answer.headers.get('vary')).toContain('Origin')
    return answer.headers
  }
  const allowed = await ask(secondOrigin)
  expect(allowed.get('access-control-allow-origin')).toBe(secondOrigin)
  expect(allowed.get('access-control-expose-headers')).toContain('x-request-id')
  expect((await ask('https://evil.example')).get('access-control-allow-origin')).toBeNull()
})

test('no cursor makes a list fail: it is one of the list, or a 400 that names it, and another list’s is never one', async () => {
  const all = await lists()
  expect(all).toEqual(
    expect.arrayContaining([
      '/api/v1/folders',
      '/api/v1/files',
      '/api/v1/models',
      '/api/v1/memories',
      '/api/v1/admin/audit',
      '/api/v1/auth/sessions',
    ]),
  )
  const given = new Map<string, string>()
  for (const list of all) {
    const { status, body } = await admin.get(`${list}?limit=1`)
    if (status === 200 && body.nextCursor) given.set(list, body.nextCursor)
  }
  expect(given.size).toBeGreaterThan(8)
  expect([...given.keys()]).toContain('/api/v1/files')
  const failures: string[] = []
  const tryAll = async (list: string) => {
    const read = (cursor: string) => admin.get(`${list}?cursor=${encodeURIComponent(cursor)}`)
    const isRefused = ({ status, body }: Awaited<ReturnType<typeof read>>) =>
      status === 400 && body.code === 'invalid_request' && body.errors?.[0]?.path === 'cursor'
    for (const cursor of cursors) {
      const answer = await read(cursor)
      if (answer.status !== 200 && !isRefused(answer)) failures.push(`${list} ${cursor}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    for (const [origin, cursor] of [...given, ['nowhere', 'x'] as const]) {
      const answer = await read(cursor)
      if (origin === list ? answer.status !== 200 : !isRefused(answer)) failures.push(`${list} with the cursor of ${origin}: ${answer.status}`)
    }
  }
  await Promise.all(all.map(tryAll))
  expect(failures).toEqual([])
})

test('a list that is short is given in parts to who asks for parts', async () => {
  const { items: whole, nextCursor } = (await admin.get('/api/v1/folders')).body
  expect([whole.length, nextCursor]).toEqual([3, null])
  const first = (await admin.get('/api/v1/folders?limit=2')).body
  const rest = (await admin.get(`/api/v1/folders?limit=2&cursor=${first.nextCursor}`)).body
  expect([first.items.length, [...first.items, ...rest.items], rest.nextCursor]).toEqual([2, whole, null])
  expect((await admin.get(`/api/v1/memories?q=cats&cursor=memories_1`)).status).toBe(400)
})
