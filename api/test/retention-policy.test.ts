import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let app: TestApp
let admin: Person
beforeAll(async () => {
  app = await startTestApp()
  admin = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

const own = '/api/v1/me/retention'
const ofAll = '/api/v1/admin/retention'
const choose = (conversationDays: number | null) => admin.patch(ofAll, { conversationDays })
const listed = async (person: Person) => (await person.get('/api/v1/conversations')).body.items.map(({ id }: { id: string }) => id)
/** A conversation that was last used so many days ago. */
async function unused(person: Person, days: number): Promise<string> {
  const id = await person.newConversation()
  await person.ask(id, 'My bicycle is green.')
  await app.database.db.execute(sql`update conversations set updated_at = now() - make_interval(days => ${days}, mins => 5) where id = ${id}`)
  return id
}

test('conversations that nobody used for as long as the administrator chose are deleted, and nothing else', async () => {
  const person = await app.signUp()
  const [old, newer] = [await unused(person, 30), await unused(person, 29)]
  await app.upkeep.sweep('hourly')
  expect(await listed(person)).toEqual(expect.arrayContaining([old, newer]))

  expect((await admin.get(`${ofAll}?conversationDays=30`)).body).toMatchObject({ conversationDays: null, due: 1 })
  expect(await choose(30)).toMatchObject({ status: 200, body: { conversationDays: 30, due: null } })
  await app.upkeep.sweep('hourly')
  expect(await listed(person)).toEqual([newer])
  expect((await person.get(`/api/v1/conversations/${old}`)).status).toBe(404)
  expect(await app.database.db.execute(sql`select from messages where conversation_id = ${old}`)).toMatchObject({ rowCount: 0 })
  // Kept as long as the account.
  expect((await person.get('/api/v1/me')).status).toBe(200)

  await choose(null)
  await app.database.db.execute(sql`update conversations set updated_at = now() - interval '9 years' where id = ${newer}`)
  await app.upkeep.sweep('hourly')
  expect(await listed(person)).toEqual([newer])
  const { items } = (await admin.get('/api/v1/admin/audit?action=settings.changed')).body
  expect(items.map(({ target, details }: { target: string; details: object }) => [target, details])).toEqual([
    ['retention', { conversationDays: '30 → none' }],
    ['retention', { conversationDays: 'none → 30' }],
  ])
})

test('a person has theirs deleted sooner, never kept longer, and nobody else’s', async () => {
  const [person, other] = [await app.signUp(), await app.signUp()]
  const [old, theirs] = [await unused(person, 10), await unused(other, 10)]
  expect((await person.get(`${own}?conversationDays=7`)).body).toEqual({ conversationDays: null, installationDays: null, due: 1 })
  expect((await person.patch(own, { conversationDays: 7 })).body).toEqual({ conversationDays: 7, installationDays: null, due: null })
  await app.upkeep.sweep('hourly')
  expect([await listed(person), await listed(other)]).toEqual([[], [theirs]])
  expect(old).not.toBe(theirs)

  await choose(8)
  await person.patch(own, { conversationDays: 3650 })
  const kept = await unused(person, 7)
  const gone = await unused(person, 8)
  await app.upkeep.sweep('hourly')
  expect([await listed(person), await listed(other)]).toEqual([[kept], []])
  expect(gone).not.toBe(kept)
  await choose(null)
  expect((await app.auditRows()).filter(({ action }) => action === 'user.retention').map(({ target, details }) => [target, details])).toEqual([
    [person.user.id, { conversationDays: 'none → 7' }],
    [person.user.id, { conversationDays: '7 → 3650' }],
  ])
})

test('a temporary conversation goes by its own time; a number that cannot be is refused, and so is who may not', async () => {
  const person = await app.signUp()
  for (const conversationDays of [0, -1, 1.5, 3651, 'soon'])
    expect(await person.patch(own, { conversationDays })).toMatchObject({ status: 400, body: { errors: [{ path: 'conversationDays' }] } })
  expect((await person.get(`${own}?conversationDays=0`)).status).toBe(400)
  expect([(await person.get(ofAll)).status, (await person.patch(ofAll, { conversationDays: 1 })).status]).toEqual([403, 403])
  expect((await admin.get(ofAll)).body.kept).toContainEqual({ what: 'messages', kept: 'as long as the conversation', why: expect.any(String) })
})
