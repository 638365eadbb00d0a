import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import * as model from '#ports/database/tables.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const lines: string[] = []
const log = createLog('trace', { write: (line) => void lines.push(line) })
let app: TestApp
beforeAll(async () => {
  app = await startTestApp({}, { log })
})
afterAll(() => app[Symbol.asyncDispose]())

const canary = 'canary-of-a-person'
/** Words that look like a frame of a stack, too. */
const words = `${canary}\n    at ${canary} (file:///${canary}.ts:1:1)\n    at /${canary}:1:1`
const tables = Object.values(model).flatMap((value: unknown) => (is(value, PgTable) ? [value] : []))
const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** What a statement may meet: bytes that PostgreSQL holds in no text, a value of another type, a row that lacks what it needs. */
const failures = (table: PgTable) => {
  const columns = Object.entries(getTableColumns(table))
  const fill = (text: string, other: unknown) =>
    Object.fromEntries(columns.map(([name, { dataType }]) => [name, dataType === 'string' ? text : dataType === 'json' ? { [text]: text } : other]))
  return [fill(`${words}\u0000`, words), fill(words, words), fill(words, null)]
}

test('a query that fails, on whatever table, brings no word of a person into the log, at no level', async () => {
  expect(tables.length).toBeGreaterThan(25)
  for (const table of tables) {
    const insert = async (values: object) => void (await app.database.db.insert(table).values(values as never))
    const errors: unknown[] = []
    for (const values of failures(table)) await insert(values).catch((error: unknown) => errors.push(error))
    expect(errors.length, getTableName(table)).toBeGreaterThan(0)
    for (const err of errors) for (const level of levels) log[level]({ err, table: getTableName(table) }, 'a query failed')
  }
  expect(lines.length).toBeGreaterThan(tables.length * 2 * levels.length)
  expect(lines.filter((line) => line.includes(canary))).toEqual([])
  // The place is still told.
  expect(lines.filter((line) => line.includes('canary.test.ts') || line.includes('pg-pool')).length).toBeGreaterThan(0)
})

test('an upload brings neither its token nor what is in it into the log, at no level', async () => {
  const person = await app.signUp()
  const headers = { authorization: `Bearer ${person.accessToken}`, 'content-type': `multipart/form-data; boundary=${canary}` }
  const part = `--${canary}\r\ncontent-disposition: form-data; name="file"; filename="${canary}.txt"\r\n\r\n${words}\r\n`
  const send = async (body: string) => (await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers, body })).status
  expect([await send(part), await send(`${part}--${canary}--\r\n`)]).toEqual([400, 201])
  expect(lines.filter((line) => line.includes('multipart')).length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes(canary) || line.includes(person.accessToken))).toEqual([])
})

test('an address, or whatever else somebody asks for and does not get, is not in the log, at no level', async () => {
  const person = await app.signUp()
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'k' })
  const keep = async (url: string) => (await person.post('/api/v1/files/pages', { url })).status
  expect([await keep(`http://${canary}.invalid/clinic`), await keep(`http://${canary}.localhost/`)]).toEqual([502, 403])
  expect(await keep(`ftp://${canary}.example.org`)).toBe(403)
  const v1 = { authorization: `Bearer ${key.secret}` }
  const asked = { model: canary, messages: [{ role: 'user', content: canary }] }
  expect((await app.anyone().post('/v1/chat/completions', asked, { headers: v1 })).status).toBe(404)
  expect(lines.filter((line) => line.includes('could not be reached') && line.includes('ENOTFOUND')).length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes('request refused') && line.includes('"code":"forbidden"')).length).toBeGreaterThan(0)
  expect(lines.filter((line) => line.includes(canary))).toEqual([])
})

test('a request that fails in the database tells neither its client nor the log what was in it, by whatever protocol', async () => {
  const person = await app.signUp({ name: `${canary} name` })
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'k' })
  const mcp = { accept: 'application/json, text/event-stream', authorization: `Bearer ${key.secret}` }
  // When a key was used is written only now and then.
  expect((await app.anyone().post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, { headers: mcp })).status).toBe(200)
  const conversation = await person.newConversation()
  const socket = await person.socket()
  const refuse = (table: string) => app.database.pool.query(`alter table ${table} add constraint canary_refused check (false) not valid`)
  for (const table of ['messages', 'conversations', 'audit_outbox', 'users', 'api_keys']) await refuse(table)

  const messageId = () => crypto.randomUUID()
  const agui = {
    threadId: canary,
    runId: 'r',
    messages: [{ id: 'm', role: 'user', content: words }],
    tools: [],
    context: [],
    state: {},
    forwardedProps: {},
  }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: `${canary}\u0000`, arguments: { text: words } } }
  const before = lines.length
  const answers = [
    await person.post('/api/v1/conversations', { title: canary }),
    await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: messageId(), content: words }),
    await person.patch('/api/v1/me', { name: canary }),
    await person.post('/api/v1/api-keys', { name: canary }),
    await person.post('/api/v1/agui', agui),
    await app.anyone().post('/api/v1/auth/register', { email: `${canary}@example.org`, name: canary, password: `${canary} password` }),
    await app.anyone().post('/mcp', call, { headers: mcp }),
  ]
  socket.send({ type: 'send', id: '1', conversationId: conversation, messageId: messageId(), content: words })
  const frame = await socket.next('error')
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500, 500, 500, 200])
  const told = JSON.stringify([...answers.map(({ body }) => body), frame])
  for (const hidden of ['insert into', 'update ', 'canary', 'constraint', 'params:', '    at ']) expect(told).not.toContain(hidden)
  expect(answers.at(-1)!.body).toMatchObject({ id: 1, error: { code: -32_603, data: { code: 'internal', requestId: expect.any(String) } } })
  expect(frame).toMatchObject({ code: 'internal', id: '1' })

  const logged = lines.slice(before)
  expect(logged.filter((line) => line.includes('"level":"error"')).length).toBeGreaterThanOrEqual(8)
  expect(logged.filter((line) => line.includes(canary))).toEqual([])
  socket.close()
})
