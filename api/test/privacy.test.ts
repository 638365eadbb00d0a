import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
let app: TestApp
let admin: Person
let ann: Person
let conversationId: string
beforeAll(async () => {
  app = await startTestApp()
  admin = await app.signUp({ name: 'Grace' })
  ann = await app.signUp()
  conversationId = await ann.newConversation()
  await ann.ask(conversationId, 'My aunt Euphemia keeps bees.')
})
afterAll(() => app[Symbol.asyncDispose]())

const reason = 'Ticket 4711: a wrong answer'
const read = (id: string, body: object = { reason }, who: Pick<Person, 'post'> = admin) => who.post(`/api/v1/admin/conversations/${id}/read`, body)
const list = (userId: string, body: object = { reason }) => admin.post(`/api/v1/admin/users/${userId}/conversations/read`, body)
const accesses = async (person: Person) => (await person.get('/api/v1/me/access')).body.items

test('an administrator reads a conversation with a reason; its person sees who, when and why, and it is audited', async () => {
  for (const body of [{}, { reason: '' }, { reason: '   ' }, { reason: 'ab' }, { reason: 'x'.repeat(501) }, { reason: 7 }])
    expect((await read(conversationId, body)).status).toBe(400)
  expect(await accesses(ann)).toEqual([])

  const { status, body } = await read(conversationId)
  expect(status).toBe(200)
  expect(body).toMatchObject({ userId: ann.user.id, conversation: { id: conversationId }, access: { reason }, nextCursor: null })
  expect(body.messages.map(({ content }: { content: string }) => content)[0]).toBe('My aunt Euphemia keeps bees.')
  const [seen] = await accesses(ann)
  expect(seen).toEqual({
    id: body.access.id,
    at: body.access.at,
    by: { id: admin.user.id, name: 'Grace', email: admin.person.email },
    what: 'conversation',
    conversationId,
    title: body.conversation.title,
    reason,
  })
  const [row] = (await app.auditRows()).filter(({ action }) => action === 'conversation.read_by_admin')
  expect(row).toMatchObject({ actorId: admin.user.id, target: conversationId, details: { access: seen.id, owner: ann.user.id } })
  // The audit outlives the person, so it has no words that may speak of them.
  expect(JSON.stringify(row)).not.toContain('4711')
  expect((await ann.get('/api/v1/me/export')).body.access).toEqual([seen])
  expect(await accesses(admin)).toEqual([])
})

test('titles are words too: to list them needs a reason, and is shown', async () => {
  const before = (await accesses(ann)).length
  expect((await list(ann.user.id, {})).status).toBe(400)
  const { status, body } = await list(ann.user.id)
  expect(status).toBe(200)
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([conversationId])
  expect(await accesses(ann)).toHaveLength(before + 1)
  expect((await accesses(ann))[0]).toMatchObject({ what: 'list', conversationId: null, title: null, reason })
  expect((await list(crypto.randomUUID())).status).toBe(404)
})

test('further pages of one reading are one access, and each is audited', async () => {
  // More questions than the free plan takes in a minute.
  await app.accounts.change(ann.person.email, { plan: 'enterprise' })
  const long = await ann.newConversation()
  for (let at = 0; at < 51; at++) await ann.ask(long, `Question ${at}`)
  const first = (await read(long)).body
  expect(first.messages).toHaveLength(100)
  const count = (await accesses(ann)).length
  const next = (await read(long, { reason, cursor: first.nextCursor })).body
  expect(next.messages.map(({ content }: { content: string }) => content)).toContain('Question 0')
  expect(next).toMatchObject({ nextCursor: null, access: first.access })
  expect(await accesses(ann)).toHaveLength(count)
  // Another reason is another access, and so is another reading.
  await read(long, { reason: 'Another reason', cursor: first.nextCursor })
  await read(long)
  expect(await accesses(ann)).toHaveLength(count + 2)
  const pages = (await app.auditRows()).filter(({ action, target }) => action === 'conversation.read_by_admin' && target === long)
  expect(pages).toHaveLength(4)
  expect((await read(long, { reason, cursor: `before_${conversationId}_3` })).status).toBe(400)
})

test('nobody else reads: no person, no key, nobody without a name; a temporary conversation is nobody’s to read', async () => {
  const bob = await app.signUp()
  const key = (await admin.post('/api/v1/api-keys', { name: 'k' })).body.secret
  const program = app.anyone()
  program.useToken(key)
  expect((await read(conversationId, { reason }, bob)).status).toBe(403)
  expect((await read(conversationId, { reason }, program)).status).toBe(403)
  expect((await read(conversationId, { reason }, app.anyone())).status).toBe(401)
  expect((await program.get('/api/v1/me/access')).status).toBe(403)
  const { id } = (await ann.post('/api/v1/conversations', { temporary: true })).body
  const before = await accesses(ann)
  expect((await read(id)).status).toBe(404)
  expect((await read(crypto.randomUUID())).status).toBe(404)
  expect(await accesses(ann)).toEqual(before)
})

test('what was read of who is erased goes with them, and of an administrator who is erased nothing is left but that there was one', async () => {
  const eve = await app.signUp()
  const root = await app.signUp()
  await admin.patch(`/api/v1/admin/users/${root.user.id}`, { role: 'admin' })
  const id = await eve.newConversation()
  await eve.ask(id, 'Nothing to see.')
  expect((await read(id, { reason }, root)).status).toBe(200)
  await root.delete('/api/v1/me')
  expect(await accesses(eve)).toMatchObject([{ by: null, reason }])
  await eve.delete('/api/v1/me')
  const { rows } = await app.database.pool.query('select 1 from words_accesses where user_id = $1', [eve.user.id])
  expect(rows).toEqual([])
})

test('it is switched off for the whole installation, which is audited from before to after', async () => {
  expect((await admin.get('/api/v1/admin/privacy')).body).toEqual({ conversationReads: 'with_reason', source: 'page' })
  expect((await ann.patch('/api/v1/admin/privacy', { conversationReads: 'off' })).status).toBe(403)
  expect((await admin.patch('/api/v1/admin/privacy', { conversationReads: 'off' })).body.conversationReads).toBe('off')
  const before = await accesses(ann)
  expect((await read(conversationId)).body).toMatchObject({ code: 'forbidden', params: { sentence: 'forbidden.reads_off' } })
  expect((await list(ann.user.id)).status).toBe(403)
  expect(await accesses(ann)).toEqual(before)
  const [row] = (await app.auditRows()).filter(({ action, target }) => action === 'settings.changed' && target === 'privacy')
  expect(row).toMatchObject({ actorId: admin.user.id, details: { conversationReads: 'with_reason → off' } })
  await admin.patch('/api/v1/admin/privacy', { conversationReads: 'with_reason' })
  expect((await read(conversationId)).status).toBe(200)
})

test('what the environment switches off no administrator switches on', async () => {
  await using other = await startTestApp({ CONVERSATION_READS: 'off' })
  const root = await other.signUp()
  const id = await root.newConversation()
  expect((await root.get('/api/v1/admin/privacy')).body).toEqual({ conversationReads: 'off', source: 'environment' })
  expect(await root.patch('/api/v1/admin/privacy', { conversationReads: 'with_reason' })).toMatchObject({ status: 409 })
  expect((await root.post(`/api/v1/admin/conversations/${id}/read`, { reason })).status).toBe(403)
})

test('an erasure leaves a certificate of what was removed where, which names nobody', async () => {
  const mia = await app.signUp({ name: 'Mia Unforgettable' })
  const id = await mia.newConversation()
  await mia.ask(id, 'Remember that my cat is called Mitzi.')
  await mia.post('/api/v1/folders', { name: 'Letters' })
  expect([202, 204]).toContain((await mia.delete('/api/v1/me')).status)
  const certificateOf = async () =>
    (await admin.get('/api/v1/admin/erasures')).body.items.find(({ userId }: { userId: string }) => userId === mia.user.id)
  await expect.poll(async () => (await certificateOf())?.finishedAt, { timeout: 60_000 }).not.toBeNull()
  const certificate = await certificateOf()
  const removed = Object.fromEntries(certificate.removed.map(({ where, count }: { where: string; count: number }) => [where, count]))
  expect(removed).toMatchObject({ users: 1, sessions: 1, refresh_tokens: 1, conversations: 1, messages: 2, folders: 1 })
  expect(Object.keys(removed).filter((where) => where.startsWith('store: '))).not.toEqual([])
  expect(certificate.waiting).toEqual([])
  const text = JSON.stringify(certificate)
  for (const word of ['Mia', 'Mitzi', 'Letters', mia.person.email]) expect(text).not.toContain(word)
  // Nothing of it is left: what the certificate counted is what the database had.
  for (const table of Object.keys(removed).filter((where) => !where.startsWith('store: ') && where !== 'users')) {
    const { rows } = await app.database.pool.query(
      `select count(*)::int as n from information_schema.columns where table_name = $1 and column_name = 'user_id'`,
      [table],
    )
    if (rows[0].n === 0) continue
    expect((await app.database.pool.query(`select from ${table} where user_id = $1`, [mia.user.id])).rows, table).toEqual([])
  }
  expect((await ann.get('/api/v1/admin/erasures')).status).toBe(403)
})
