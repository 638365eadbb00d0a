import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { announcements } from '#ports/database/tables.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let app: TestApp
let other: TestApp
let admin: Person
let person: Person
beforeAll(async () => {
  app = await startTestApp()
  // Another process on the same database, with the same keys.
  other = await startTestApp({ DATABASE_URL: app.settings.DATABASE_URL, DATA_DIR: app.dataDir })
  admin = await app.signUp()
  person = await app.signUp()
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const path = '/api/v1/admin/announcements'
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
const announce = (body: object) => admin.post(path, { text: 'Jarvis is away on Friday.', ...body })
const shown = async (who: Pick<Person, 'get'> = person) =>
  (await who.get('/api/v1/announcements')).body.items.map(({ text }: { text: string }) => text) as string[]
const removeAll = async () => {
  for (const { id } of (await admin.get(path)).body.items) expect((await admin.delete(`${path}/${id}`)).status).toBe(204)
}
const rowsOf = async (id: string) => (await app.auditRows()).filter(({ target }) => target === id)

test('what an administrator announces stands at once on every open page, of every process, and ends there', async () => {
  const at = other.anyone()
  at.useToken(person.accessToken)
  const sockets = [await person.socket(), await at.socket()]
  const { status, body } = await announce({ tone: 'warning', endsAt: inMinutes(60) })
  expect(status).toBe(201)
  expect(body).toMatchObject({ tone: 'warning', createdBy: admin.user.id })
  const { createdBy: _by, createdAt: _at, ...item } = body
  for (const socket of sockets) {
    const { items } = await socket.next('announcements')
    // Who wrote it is for administrators.
    expect(items).toEqual([item])
  }
  expect((await person.get('/api/v1/announcements')).body).toEqual({ items: [item], nextCursor: null })
  expect((await admin.post(`${path}/${body.id}/end`)).status).toBe(200)
  for (const socket of sockets) expect((await socket.next('announcements')).items).toEqual([])
  expect(await shown()).toEqual([])
  // It is there to be looked up, and ends once.
  const [ended] = (await admin.get(path)).body.items
  expect((await admin.post(`${path}/${body.id}/end`)).body).toEqual(ended)
  const rows = await rowsOf(body.id)
  expect(rows.map(({ action }) => action)).toEqual(['announcement.created', 'announcement.ended'])
  expect(rows[0]).toMatchObject({ actorId: admin.user.id, details: { tone: 'none → warning', endsAt: `none → ${body.endsAt}` } })
  expect(rows[1]!.details).toEqual({ endsAt: `${body.endsAt} → ${ended.endsAt}` })
  // It may speak of somebody, and the audit outlives everybody.
  expect(JSON.stringify(rows)).not.toContain('Friday')
  for (const socket of sockets) socket.close()
  await removeAll()
})

test('one to come is shown when its time has come, and no longer than that, without anybody asking', async () => {
  const socket = await person.socket()
  const { body } = await announce({ startsAt: new Date(Date.now() + 500).toISOString(), endsAt: inMinutes(60) })
  expect((await socket.next('announcements', ({ items }) => items.length > 0)).items[0]!.id).toBe(body.id)
  await app.database.db.update(announcements).set({ endsAt: new Date() }).where(eq(announcements.id, body.id))
  expect((await socket.next('announcements', ({ items }) => items.length === 0)).items).toEqual([])
  await announce({ text: 'Later.', startsAt: inMinutes(60) })
  expect(await shown()).toEqual([])
  socket.close()
  await removeAll()
})

test('what cannot be announced is refused: no text, an end that is over, and more than a page can show', async () => {
  for (const body of [{ text: '' }, { text: '  ' }, { text: 'x'.repeat(1001) }, { text: 7 }, { tone: 'loud' }, { startsAt: 'soon' }, { more: 1 }])
    expect((await announce(body)).status, JSON.stringify(body)).toBe(400)
  for (const body of [{ endsAt: inMinutes(-1) }, { startsAt: inMinutes(10), endsAt: inMinutes(5) }])
    expect((await announce(body)).body).toMatchObject({ code: 'invalid_request', params: { sentence: 'invalid_request.announcement_end' } })
  const answers = await Promise.all(Array.from({ length: 25 }, (_, at) => announce({ text: `Announcement ${at}` })))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
  expect(answers.find(({ status }) => status !== 201)!.body).toMatchObject({ code: 'conflict', params: { sentence: 'conflict.announcements' } })
  expect(await shown()).toHaveLength(20)
  const { id } = (await admin.get(path)).body.items[0]
  expect((await admin.delete(`${path}/${id}`)).status).toBe(204)
  expect((await admin.delete(`${path}/${id}`)).status).toBe(404)
  expect((await admin.post(`${path}/${id}/end`)).status).toBe(404)
  expect((await rowsOf(id)).map(({ action }) => action)).toEqual(['announcement.created', 'announcement.deleted'])
  await removeAll()
})

test('only administrators announce, and only people who are signed in are told', async () => {
  const { body } = await announce({})
  const key = app.anyone()
  key.useToken((await person.post('/api/v1/api-keys', { name: 'a program' })).body.secret)
  for (const who of [person, key]) {
    expect((await who.get(path)).status).toBe(403)
    expect((await who.post(path, { text: 'Mine.' })).status).toBe(403)
    expect((await who.post(`${path}/${body.id}/end`)).status).toBe(403)
    expect((await who.delete(`${path}/${body.id}`)).status).toBe(403)
  }
  expect((await app.anyone().get('/api/v1/announcements')).status).toBe(401)
  expect((await key.get('/api/v1/announcements')).status).toBe(403)
  expect(await shown()).toEqual([body.text])
  await removeAll()
})
