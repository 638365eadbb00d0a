import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp()
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
  ['no host', 'GET /api/v1/me HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ['bytes that are no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
])('%s is a problem with a request id, as everything else', async (_name, bytes, status) => {
  const answer = await sendRaw(bytes)
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json; charset=utf-8' } })
  const problem = JSON.parse(answer.body)
  expect(problem).toMatchObject({ type: 'about:blank', status, detail: expect.any(String), code: expect.any(String), title: expect.any(String) })
  expect(problem.requestId).toBe(answer.headers['x-request-id'])
  expect(problem.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(answer.headers['cache-control']).toBe('no-store')
})

const lists = async () => {
  const conversation = await admin.newConversation()
  return ['/conversations', `/conversations/${conversation}/messages`, '/memories', '/admin/users', '/admin/audit']
}
const cursors = [
  'nonsense', '-1', '1.5', '1e3', '0x10', '%20', ' 1', 'NaN', 'Infinity', '9007199254740991', '9007199254740993', '2147483648', '4294967296',
  '9223372036854775807', '99999999999999999999', '1_2', 'before_999999999999999', 'before_-1', 'before_', `9999999999999999_${crypto.randomUUID()}`,
  `0_${crypto.randomUUID()}`, '_', 'null', '[]', '../..', "' or 1=1", '١٢٣', crypto.randomUUID().toUpperCase(), `${crypto.randomUUID()}x`,
] // prettier-ignore

test('no cursor makes a list fail: it is one of the list, or a 400 that names it', async () => {
  const failures: string[] = []
  for (const list of await lists())
    for (const cursor of cursors) {
      const { status, body } = await admin.get(`/api/v1${list}?cursor=${encodeURIComponent(cursor)}`)
      const isFine = status === 200 || (status === 400 && body.code === 'invalid_request' && body.errors?.[0]?.path === 'cursor')
      if (!isFine) failures.push(`${list} ${cursor}: ${status} ${JSON.stringify(body)}`)
    }
  expect(failures).toEqual([])
})
