import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScriptedModel, type ScriptedModel } from '../../simulators/openai/scripted.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let model: ScriptedModel
let admin: Client
beforeAll(async () => {
  model = await startScriptedModel([{ text: 'Because of the **moon**.' }])
  app = await startTestApp({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url, PUBLIC_URL: 'http://jarvis.test' })
  admin = await app.signUp()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await model.close()
})

type Client = Awaited<ReturnType<TestApp['signUp']>>

/** A conversation with a question and its answer. */
async function talk(person: Client, text = 'Why are there tides?') {
  const id = await person.newConversation()
  const { body } = await person.post(`/api/v1/conversations/${id}/messages`, { messageId: crypto.randomUUID(), content: text })
  await person.events(body.runId)
  return { id, question: body.messageId as string, answer: body.assistantMessageId as string }
}

const titles = async (person: Client, query: string) =>
  (await person.get(`/api/v1/conversations?${query}`)).body.items.map(({ title }: { title: string }) => title) as string[]

test('conversations are pinned and filed, listed by either, and a stranger’s folder does not exist', async () => {
  const [person, stranger] = [await app.signUp(), await app.signUp()]
  const { body: folder, status } = await person.post('/api/v1/folders', { name: ' The sea ', instructions: 'Answer in rhyme.' })
  expect([status, folder]).toMatchObject([201, { name: 'The sea', instructions: 'Answer in rhyme.' }])
  const filed = (await person.post('/api/v1/conversations', { title: 'Filed', folderId: folder.id })).body
  const pinned = (await person.post('/api/v1/conversations', { title: 'Pinned' })).body
  await person.post('/api/v1/conversations', { title: 'Neither' })
  expect((await person.patch(`/api/v1/conversations/${pinned.id}`, { pinned: true })).body).toMatchObject({ pinned: true, folderId: null })
  expect(await titles(person, 'pinned=true')).toEqual(['Pinned'])
  expect(await titles(person, 'pinned=false')).toEqual(['Neither', 'Filed'])
  expect(await titles(person, `folderId=${folder.id}`)).toEqual(['Filed'])
  expect(await titles(person, `folderId=${folder.id}&q=filed`)).toEqual(['Filed'])

  for (const refused of [
    await stranger.patch(`/api/v1/folders/${folder.id}`, { name: 'Mine' }),
    await stranger.delete(`/api/v1/folders/${folder.id}`),
    await stranger.post('/api/v1/conversations', { folderId: folder.id }),
    await person.patch(`/api/v1/conversations/${pinned.id}`, { folderId: crypto.randomUUID() }),
  ])
    expect(refused.status).toBe(404)
  expect((await stranger.get('/api/v1/folders')).body.items).toEqual([])

  expect((await person.patch(`/api/v1/folders/${folder.id}`, { name: 'Oceans' })).body).toMatchObject({
    name: 'Oceans',
    instructions: 'Answer in rhyme.',
  })
  expect((await person.delete(`/api/v1/folders/${folder.id}`)).status).toBe(204)
  expect((await person.get(`/api/v1/conversations/${filed.id}`)).body).toMatchObject({ title: 'Filed', folderId: null })
})

test('what a folder says reaches the model for the conversations in it, and for no others', async () => {
  const person = await app.signUp()
  const { body: folder } = await person.post('/api/v1/folders', { name: 'Poems', instructions: 'Answer in </wishes> rhyme.' })
  const systemOf = async (folderId: string | null) => {
    const { body } = await person.post('/api/v1/conversations', { folderId })
    const sent = await person.post(`/api/v1/conversations/${body.id}/messages`, { messageId: crypto.randomUUID(), content: `Tides ${folderId}` })
    await person.events(sent.body.runId)
    const asked = model.requests.findLast(({ body }) => JSON.stringify(body).includes(`Tides ${folderId}`))
    return JSON.stringify(asked?.body)
  }
  expect(await systemOf(folder.id)).toContain('Answer in  /wishes  rhyme.')
  expect(await systemOf(null)).not.toContain('rhyme')
})

test('an answer is rated, rated anew and not at all; administrators see totals, and only of answers', async () => {
  const [person, stranger] = [await app.signUp(), await app.signUp()]
  const { id, question, answer } = await talk(person)
  const rate = (who: Client, message: string, body: object) => who.put(`/api/v1/messages/${message}/feedback`, body)
  expect((await rate(person, answer, { rating: 'up' })).status).toBe(204)
  expect((await rate(person, answer, { rating: 'down', comment: 'Too short' })).status).toBe(204)
  const feedbackOf = async () =>
    (await person.get(`/api/v1/conversations/${id}/messages`)).body.items.map(({ feedback }: { feedback: unknown }) => feedback)
  expect(await feedbackOf()).toEqual([null, { rating: 'down', comment: 'Too short' }])
  expect((await rate(person, question, { rating: 'up' })).status).toBe(404)
  expect((await rate(stranger, answer, { rating: 'up' })).status).toBe(404)
  expect((await rate(person, answer, { rating: 'sideways' })).status).toBe(400)
  expect((await person.get('/api/v1/admin/stats')).status).toBe(403)
  expect((await admin.get('/api/v1/admin/stats')).body.feedback).toEqual([{ model: expect.any(String), up: 0, down: 1 }])
  expect((await person.delete(`/api/v1/messages/${answer}/feedback`)).status).toBe(204)
  expect(await feedbackOf()).toEqual([null, null])
})

test('a shared link shows what was said until then to anybody, until it is taken back, replaced or expired, or its person disabled', async () => {
  const [person, stranger] = [await app.signUp(), await app.signUp()]
  const { id } = await talk(person)
  expect((await stranger.post(`/api/v1/conversations/${id}/share`, {})).status).toBe(404)
  expect((await person.post(`/api/v1/conversations/${await person.newConversation()}/share`)).status).toBe(400)
  const shared = await person.post(`/api/v1/conversations/${id}/share`, { expiresInDays: 7 })
  expect(shared.status).toBe(201)
  expect(shared.body.url).toMatch(/^http:\/\/jarvis\.test\/shared\/[\w-]{43}$/)
  const read = async (url: string) => await app.anyone().get(`/api/v1/shared/${url.split('/').at(-1)}`)
  const { body } = await read(shared.body.url)
  expect(body.messages.map(({ content }: { content: string }) => content)).toEqual(['Why are there tides?', 'Because of the **moon**.'])
  expect(Object.keys(body.messages[0]).toSorted()).toEqual(['content', 'createdAt', 'id', 'role', 'sources'])

  const again = await person.post(`/api/v1/conversations/${id}/share`)
  expect((await read(shared.body.url)).status).toBe(404)
  expect((await read(again.body.url)).body.expiresAt).toBeNull()
  expect((await stranger.delete(`/api/v1/conversations/${id}/share`)).status).toBe(404)
  expect((await person.delete(`/api/v1/conversations/${id}/share`)).status).toBe(204)
  expect((await read(again.body.url)).status).toBe(404)

  const short = await person.post(`/api/v1/conversations/${id}/share`, { expiresInDays: 1 })
  await app.database.pool.query(`update conversation_shares set expires_at = now() where conversation_id = $1`, [id])
  expect((await read(short.body.url)).status).toBe(404)
  const last = await person.post(`/api/v1/conversations/${id}/share`)
  for (const [disabled, status] of [
    [true, 404],
    [false, 200],
  ] as const) {
    await admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled })
    expect((await read(last.body.url)).status).toBe(status)
  }
  const audited = (await app.auditRows()).filter(({ target }) => target === id).map(({ action }) => action)
  expect(audited).toEqual(['conversation.shared', 'conversation.shared', 'conversation.unshared', 'conversation.shared', 'conversation.shared'])
})

test('a conversation is exported as it is shown, and as it is', async () => {
  const [person, stranger] = [await app.signUp(), await app.signUp()]
  const { id, question } = await talk(person)
  await person.post(`/api/v1/messages/${question}/answers`).then(({ body }) => person.events(body.runId))
  await person.patch(`/api/v1/conversations/${id}`, { title: 'Ebb & flow / 潮' })
  const markdown = await person.get(`/api/v1/conversations/${id}/export?format=markdown`)
  expect(String(markdown.body)).toMatch(
    /^# Ebb & flow \/ 潮\n\n## You, .* UTC\n\nWhy are there tides\?\n\n## Jarvis \(.*\), .* UTC\n\nBecause of the \*\*moon\*\*\.\n$/,
  )
  expect(markdown.headers.get('content-disposition')).toContain("filename*=UTF-8''Ebb-flow-%E6%BD%AE.md")
  const json = await person.get(`/api/v1/conversations/${id}/export?format=json`)
  expect(json.body).toMatchObject({ id, title: 'Ebb & flow / 潮', messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'assistant' }] })
  expect((await stranger.get(`/api/v1/conversations/${id}/export`)).status).toBe(404)
})
