import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
let ann: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp()
  admin = await app.signUp()
  ann = await app.signUp()
  await admin.patch(`/api/v1/admin/users/${ann.user.id}`, { plan: 'pro' })
  await ann.patch('/api/v1/me', { name: '=HYPERLINK("x")' })
})
afterAll(() => app[Symbol.asyncDispose]())

type Entry = { id: number; at: string; action: string; actorId: string | null; target: string | null; details: Record<string, unknown> }
const query = (filters: Record<string, string>) => new URLSearchParams(filters).toString()
const list = async (filters: Record<string, string> = {}): Promise<Entry[]> =>
  (await admin.get(`/api/v1/admin/audit?limit=200&${query(filters)}`)).body.items
const save = async (filters: Record<string, string> = {}) => await admin.get(`/api/v1/admin/audit/export?${query(filters)}`)
const linesOf = (body: unknown) => String(body).trim().split('\n').filter(Boolean)

test('the audit is narrowed by person, action, time and free text, and by all of them', async () => {
  const all = await list()
  const ofAnn = await list({ person: ann.user.id })
  const expected = all.filter(({ actorId, target }) => actorId === ann.user.id || target === ann.user.id)
  expect(ofAnn.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
  // What was done by her, and what was done about her.
  expect(new Set(ofAnn.map(({ actorId }) => actorId))).toEqual(new Set([ann.user.id, admin.user.id]))
  expect(ofAnn.length).toBeLessThan(all.length)

  const [plan] = await list({ q: 'FREE → pro' })
  expect(plan).toMatchObject({ target: ann.user.id })
  expect(await list({ q: 'no such words at all' })).toEqual([])
  expect(await list({ q: '%' })).toEqual([])
  const { at, action } = plan!
  expect((await list({ from: at, action })).map(({ id }) => id)).toContain(plan!.id)
  expect((await list({ to: at })).map(({ id }) => id)).not.toContain(plan!.id)
  expect(await list({ to: '2020-01-01T00:00:00Z' })).toEqual([])
  expect(await list({ person: ann.user.id, action, q: 'pro', from: '2020-01-01T00:00:00+02:00' })).toEqual([plan])
  for (const [name, value] of [
    ['person', 'ann'],
    ['from', 'yesterday'],
    ['q', ''],
    ['q', 'a\u0000b'],
  ] as const)
    expect((await admin.get(`/api/v1/admin/audit?${query({ [name]: value })}`)).status).toBe(400)
})

test('what fits is saved as JSON Lines, each row as the list has it, and saving it is audited', async () => {
  const { status, headers, body } = await save({ person: ann.user.id })
  expect(status).toBe(200)
  expect(headers.get('content-disposition')).toBe('attachment; filename="jarvis-audit.jsonl"')
  const listed = await list({ person: ann.user.id })
  expect(linesOf(body).map((line) => JSON.parse(line))).toEqual(listed)
  const [row] = (await app.auditRows()).filter(({ action }) => action === 'audit.exported')
  expect(row).toMatchObject({ actorId: admin.user.id, details: { person: ann.user.id, format: 'jsonl' } })
})

test('as CSV it has a head, and nothing in it is a formula', async () => {
  await admin.post('/api/v1/admin/scim-tokens', { name: '=1+1' })
  const { headers, body } = await save({ format: 'csv' })
  expect(headers.get('content-type')).toMatch(/^text\/csv/)
  const lines = String(body).split('\r\n')
  expect(lines[0]).toBe('id,at,action,actorId,target,address,requestId,details,hash,pending')
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.join('\n')).not.toMatch(/(^|,)"?[=@+]/m)
})

test('more rows than a page are saved, each once, and nobody but an administrator saves them', async () => {
  await app.database.pool.query(
    `insert into audit_outbox (action, details) select 'made.for_this_test', jsonb_build_object('n', n) from generate_series(1, 1234) n`,
  )
  const numbers = linesOf((await save({ action: 'made.for_this_test' })).body).map((line) => (JSON.parse(line) as Entry).details['n'])
  expect(numbers).toEqual(Array.from({ length: 1234 }, (_, at) => 1234 - at))
  expect((await ann.get('/api/v1/admin/audit/export')).status).toBe(403)
  expect((await app.anyone().get('/api/v1/admin/audit/export')).status).toBe(401)
})
