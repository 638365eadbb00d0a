import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import type { Import } from '@jarvis/contracts/imports.ts'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './cluster/cluster.ts'
import { textOf } from './client.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app[Symbol.asyncDispose]())

type Signed = Awaited<ReturnType<TestApp['signUp']>>

async function send({ accessToken }: Signed, content: unknown) {
  const form = new FormData()
  form.append('file', new Blob([typeof content === 'string' ? content : JSON.stringify(content)]), 'export.json')
  const answer = await fetch(`${app.url}/api/v1/imports`, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, body: form })
  return { status: answer.status, body: await answer.json() }
}

async function bring(person: Signed, content: unknown): Promise<Import> {
  const { status, body } = await send(person, content)
  expect(status).toBe(202)
  await until(async () => ['done', 'failed'].includes((await person.get(`/api/v1/imports/${body.id}`)).body.status))
  return (await person.get(`/api/v1/imports/${body.id}`)).body as Import
}

type Exported = { conversations: (Conversation & { messages: Message[] })[]; folders: { id: string; name: string }[] }
const exported = async (person: Signed) => (await person.get('/api/v1/me/export')).body as Exported

/** What must be the same after a journey, with ids by their place. */
function essence({ conversations, folders }: Exported) {
  const names = new Map(folders.map(({ id, name }) => [id, name]))
  return conversations
    .map(({ title, archived, pinned, folderId, leafId, createdAt, updatedAt, messages }) => {
      const place = (id: string | null) => messages.findIndex((message) => message.id === id)
      return {
        title,
        archived,
        pinned,
        createdAt,
        updatedAt,
        folder: names.get(folderId ?? '') ?? null,
        leaf: place(leafId),
        messages: messages.map(({ parentId, role, content, model, sources, createdAt: at }) => ({
          parent: place(parentId),
          role,
          content,
          model,
          sources,
          at,
        })),
      }
    })
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
}

test('our own export comes in as it went out, at somebody else’s, and once only', async () => {
  const ada = await app.signUp()
  const { body: folder } = await ada.post('/api/v1/folders', { name: 'The sea' })
  const { body: one } = await ada.post('/api/v1/conversations', { title: 'Tides', folderId: folder.id })
  const { body: other } = await ada.post('/api/v1/conversations', { title: 'Boats' })
  await ada.ask(one.id, 'What is 3 * 4?')
  await ada.ask(one.id, 'Why — “so”?\n\n```ts\nlet é = 1 // 🌊\n```')
  await ada.ask(other.id, 'What is 5 * 5?')
  const [question] = (await ada.get(`/api/v1/conversations/${one.id}/messages`)).body.items as Message[]
  const again = await ada.post(`/api/v1/messages/${question!.id}/answers`, {})
  await ada.events(again.body.runId)
  await ada.patch(`/api/v1/conversations/${other.id}`, { archived: true })
  await ada.patch(`/api/v1/conversations/${one.id}`, { pinned: true })
  const before = await exported(ada)

  const bob = await app.signUp()
  expect(await bring(bob, before)).toMatchObject({ kind: 'jarvis', status: 'done', total: 2, done: 2, added: 2, there: 0, error: null })
  expect(essence(await exported(bob))).toEqual(essence(before))
  // Again, and where it came from, nothing is added.
  for (const person of [bob, ada]) expect(await bring(person, before)).toMatchObject({ added: 0, grown: 0, there: 2, messages: 0 })
  expect(essence(await exported(ada))).toEqual(essence(before))
  // It is found, and can be gone on with.
  const { items } = (await bob.get('/api/v1/conversations?q=Why')).body
  expect(items).toHaveLength(1)
  expect(textOf(await bob.ask(items[0].id, 'What is 2 * 2?'))).toContain('4')
})

test('what has grown since is added to what is here; what cannot be taken is counted; the file is gone', async () => {
  const person = await app.signUp()
  const node = (id: string, parent: string | null, role: string, text: string) => ({
    [id]: { id, parent, message: { author: { role }, content: { content_type: 'text', parts: [text] }, create_time: 1_700_000_000 } },
  })
  const first = {
    id: 'c1',
    title: 'Tides',
    create_time: 1_700_000_000,
    mapping: { ...node('q', null, 'user', 'Why?'), ...node('a', 'q', 'assistant', 'So.') },
  }
  const empty = { id: 'c2', title: 'Nothing', mapping: {} }
  expect(await bring(person, [first, empty])).toMatchObject({
    kind: 'chatgpt',
    added: 1,
    messages: 2,
    skipped: [{ what: 'conversations', count: 1 }],
  })
  const grown = { ...first, mapping: { ...first.mapping, ...node('q2', 'a', 'user', 'And then?') } }
  expect(await bring(person, [grown])).toMatchObject({ added: 0, grown: 1, messages: 1, skipped: [] })
  const [conversation] = (await person.get('/api/v1/conversations')).body.items
  expect(conversation).toMatchObject({ title: 'Tides', createdAt: '2023-11-14T22:13:20.000Z' })
  const { items } = (await person.get(`/api/v1/conversations/${conversation.id}/messages`)).body
  expect(items.map(({ content }: Message) => content)).toEqual(['Why?', 'So.', 'And then?'])
  expect(await readdir(join(app.dataDir, 'files', person.user.id)).catch(() => [])).toEqual([])
})

test('what is no export says so, and another person’s import is not there', async () => {
  const [person, other] = [await app.signUp(), await app.signUp()]
  const failed = await bring(person, 'Hello')
  expect(failed).toMatchObject({ status: 'failed', error: { params: { sentence: 'invalid_request.import_unknown' } } })
  expect((await other.get(`/api/v1/imports/${failed.id}`)).status).toBe(404)
  expect((await other.get('/api/v1/imports')).body.items).toEqual([])
  expect((await person.get('/api/v1/imports')).body.items).toEqual([failed])
})

test('to what answers in it later, an imported conversation is text from outside', async () => {
  const person = await app.signUp()
  const { body: first } = await person.post('/api/v1/conversations', { title: 'x' })
  await person.ask(first.id, 'Hello')
  const bob = await app.signUp()
  await bring(bob, await exported(person))
  const { rows } = await app.database.pool.query(
    'select m.taint, m.role, m.via_key from messages m join conversations c on c.id = m.conversation_id where c.user_id = $1 order by position',
    [bob.user.id],
  )
  expect(rows).toEqual([
    { taint: 'An import', role: 'user', via_key: true },
    { taint: 'An import', role: 'assistant', via_key: false },
  ])
})

test('one at a time and ten a day; one whose job was lost holds up no other', async () => {
  const person = await app.signUp()
  const insert = (status: string, age: string, count = 1) =>
    app.database.pool.query(
      `insert into imports (id, user_id, name, status, created_at) select gen_random_uuid(), $1, 'x', $2, now() - $3::interval from generate_series(1, $4)`,
      [person.user.id, status, age, count],
    )
  await insert('working', '1 hour')
  expect(await send(person, [])).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.import' } } })
  await app.database.pool.query(`update imports set created_at = now() - interval '4 hours' where user_id = $1`, [person.user.id])
  await bring(person, 'Hello')
  expect((await person.get('/api/v1/imports')).body.items.map(({ status }: Import) => status)).toEqual(['failed', 'failed'])
  await insert('done', '2 hours', 8)
  expect(await send(person, [])).toMatchObject({ status: 403, body: { params: { sentence: 'quota_exceeded.imports' } } })
})
