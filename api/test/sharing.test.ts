import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createPassageVectors } from '#features/files/passage-vectors.ts'
import { keptSecret } from '#features/memory/kept-secret.ts'
import { createLog } from '#lib/log.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import type { Script } from '../../simulators/openai/scripted.ts'
import { startModel, until } from './cluster/cluster.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
type Client = Pick<Person, 'get' | 'put' | 'patch' | 'delete'>
type Thing = 'file' | 'prompt' | 'folder'

let model: Awaited<ReturnType<typeof startModel>>
let app: TestApp
let admin: Person
let script: Exclude<Script, unknown[]>
beforeAll(async () => {
  script = () => ({ text: 'I see.' })
  model = await startModel((request, index) => script(request, index))
  app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' })
  admin = await app.signUp()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await model[Symbol.asyncDispose]()
})

const orgs = '/api/v1/organisations'
/** Stands in each thing, and nowhere else. */
const secret = 'Zaunkönigsee'
const listOf = { file: '/api/v1/files', prompt: '/api/v1/prompts', folder: '/api/v1/folders' }
const said = (body: unknown) => JSON.stringify(body)

async function found() {
  const owner = await app.signUp({ name: 'Olga Owner' })
  const { body } = await owner.post(orgs, { name: 'Example Ltd' })
  return { owner, id: body.id as string, path: `${orgs}/${body.id}` }
}

async function join(owner: Person, path: string, role = 'member'): Promise<Person> {
  const person = await app.signUp()
  const { url } = (await owner.post(`${path}/invitations`, { role })).body
  expect((await person.post(`${orgs}/join`, { invitation: url.split('#invitation=')[1] })).status).toBe(200)
  return person
}

const group = async (by: Person, path: string, name = 'Research', ...people: Person[]): Promise<string> => {
  const { body } = await by.post(`${path}/groups`, { name })
  for (const { user } of people) expect((await by.put(`${path}/groups/${body.id}/members/${user.id}`)).status).toBe(204)
  return body.id
}

async function upload({ accessToken }: Pick<Person, 'accessToken'>, name: string, text: string): Promise<string> {
  const form = new FormData()
  form.append('file', new Blob([text]), name)
  const answer = await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, body: form })
  return ((await answer.json()) as { id: string }).id
}

const encoderOf = async (id: string) => (await app.database.pool.query('select encoder from files where id = $1', [id])).rows[0]?.encoder as string

/** One of each, read, and with its vectors. */
async function things(of: Person): Promise<Record<Thing, string>> {
  const file = await upload(of, `${secret}.txt`, `The ${secret} is deep.`)
  await until(async () => (await encoderOf(file)) !== '')
  const prompt = (await of.post('/api/v1/prompts', { name: secret, text: `Ask about the ${secret}.` })).body.id
  const folder = (await of.post('/api/v1/folders', { name: secret, instructions: `Say ${secret} first.` })).body.id
  return { file, prompt, folder }
}

const share = (by: Client, kind: Thing, id: string, body: object) =>
  by.put(`/api/v1/sharing/${kind}/${id}`, { everyone: false, groupIds: [], ...body })

/** By what it means alone, in the vector store: for each who asks, with the vector that the passage has. */
async function nearestTo(file: string) {
  const vectors = await openVectors({ url: inject('chromaUrl'), dataDir: '/nowhere' })
  const log = createLog('silent')
  const { rows } = await app.database.pool.query('select user_id from files where id = $1', [file])
  const secretOfNames = await keptSecret(app.database, 'memory-collections')
  const id = await encoderOf(file)
  let vector: number[] = []
  for (const name of (await vectors.collections()).filter((one) => one.startsWith('passages-'))) {
    const held = await vectors.export(name, { limit: 500, offset: 0 })
    vector = held.find(({ owner, group }) => owner === rows[0].user_id && group === file)?.vector ?? vector
  }
  expect(vector.length).toBeGreaterThan(0)
  const embeddings = { id, embed: async () => [vector] }
  const { nearest } = createPassageVectors({ db: app.database.db, vectors, embeddings, secret: secretOfNames, takeBack: async () => {}, log })
  return async (readerId: string) => (await nearest(readerId, [file], 'the lake', 5)).length
}

/** What somebody gets to see of a thing, by each way there is; an empty list is none of it. */
async function seen(who: Client, readerId: string, { file, prompt, folder }: Record<Thing, string>, near: (id: string) => Promise<number>) {
  const leaks: string[] = []
  const look = (way: string, isThere: boolean) => void (isThere && leaks.push(way))
  for (const [kind, path] of Object.entries(listOf)) look(`list ${kind}`, said((await who.get(path)).body).includes(secret))
  look('search the names of files', said((await who.get(`/api/v1/files?q=${encodeURIComponent(secret)}`)).body.items ?? []).includes(secret))
  look('read file', (await who.get(`/api/v1/files/${file}`)).status === 200)
  look('read passage', said((await who.get(`/api/v1/files/${file}/text`)).body).includes(secret))
  look('preview', said((await who.get(`/api/v1/files/${file}/content`)).body).includes(secret))
  look('search passage', (await app.files.search(readerId, [file], secret, 5)).length > 0)
  const sought = { readerId, conversationId: crypto.randomUUID(), query: secret, limit: 5 }
  look(
    'search all',
    (await app.files.find(sought)).some(({ fileId }) => fileId === file),
  )
  look('search by meaning', (await near(readerId)) > 0)
  look('attach', (await app.files.named(readerId, [file])).length > 0)
  void [prompt, folder]
  return leaks
}

const everyWay = [
  ...Object.keys(listOf).map((kind) => `list ${kind}`),
  'search the names of files',
  'read file',
  'read passage',
  'preview',
  'search passage',
  'search all',
  'search by meaning',
  'attach',
]

/** No act of these may change a thing; `shared` is whether the person may read it. */
async function changes(who: Client, { file, prompt, folder }: Record<Thing, string>): Promise<number[]> {
  const acts = [
    () => who.delete(`/api/v1/files/${file}`),
    () => who.delete(`/api/v1/files/${file}/read`),
    () => who.patch(`/api/v1/prompts/${prompt}`, { name: 'Mine' }),
    () => who.delete(`/api/v1/prompts/${prompt}`),
    () => who.patch(`/api/v1/folders/${folder}`, { name: 'Mine' }),
    () => who.delete(`/api/v1/folders/${folder}`),
    () => share(who, 'file', file, { everyone: true }),
    () => share(who, 'prompt', prompt, { everyone: true }),
    () => share(who, 'folder', folder, { everyone: true }),
    () => who.get(`/api/v1/sharing/file/${file}`),
  ]
  const statuses: number[] = []
  for (const act of acts) statuses.push((await act()).status)
  return [...new Set(statuses)]
}

test('person × thing × act: who is in the group reads, nobody but the owner changes, everybody else finds nothing', async () => {
  const { owner, path } = await found()
  const [manager, ada, inside, outside, former, disabled] = [
    await join(owner, path, 'admin'),
    await join(owner, path),
    await join(owner, path),
    await join(owner, path),
    await join(owner, path),
    await join(owner, path),
  ]
  const stranger = await app.signUp()
  const other = await found()
  const keyOf = async (scope: string) => {
    const { body } = await inside.post('/api/v1/api-keys', { name: scope, scopes: [scope] })
    const client = app.anyone()
    client.useToken(body.secret)
    return client
  }
  const [filesKey, chatKey, memoryKey] = [await keyOf('files'), await keyOf('chat'), await keyOf('memory')]
  const groupId = await group(owner, path, 'Research', inside, former, disabled)
  const made = await things(ada)
  const near = await nearestTo(made.file)
  expect(await seen(ada, ada.user.id, made, near)).toEqual(everyWay)
  expect(await seen(inside, inside.user.id, made, near)).toEqual([])
  for (const [kind, id] of Object.entries(made)) expect((await share(ada, kind as Thing, id, { groupIds: [groupId] })).status).toBe(200)
  expect((await former.delete(`${path}/members/${former.user.id}`)).status).toBe(204)
  await admin.patch(`/api/v1/admin/users/${disabled.user.id}`, { disabled: true })

  // A disabled person gets 401 at the door; that their id finds nothing is asked of the module itself.
  const table: [name: string, Client, id: string, ways: string[], changed: number[]][] = [
    ['member in the group', inside, inside.user.id, everyWay, [403]],
    ['owner', owner, owner.user.id, [], [404]],
    ['admin of the organisation', manager, manager.user.id, [], [404]],
    ['member outside', outside, outside.user.id, [], [404]],
    ['ex-member', former, former.user.id, [], [404]],
    ['stranger', stranger, stranger.user.id, [], [404]],
    ['owner of another', other.owner, other.owner.user.id, [], [404]],
    ['administrator of the installation', admin, admin.user.id, [], [404]],
    ['disabled', disabled, disabled.user.id, [], [401]],
    ['nobody', app.anyone(), crypto.randomUUID(), [], [401]],
  ]
  for (const [name, who, id, ways, changed] of table) {
    expect([name, await seen(who, id, made, near)]).toEqual([name, ways])
    expect([name, await changes(who, made)]).toEqual([name, changed])
  }
  // A key does what it is for, and changes nothing of others.
  expect((await filesKey.get(`/api/v1/files/${made.file}/content`)).status).toBe(200)
  expect((await filesKey.get('/api/v1/prompts')).status).toBe(403)
  expect(said((await chatKey.get('/api/v1/prompts')).body)).toContain(secret)
  expect((await chatKey.get(`/api/v1/files/${made.file}`)).status).toBe(403)
  for (const url of Object.values(listOf)) expect((await memoryKey.get(url)).status).toBe(403)
  expect((await filesKey.delete(`/api/v1/files/${made.file}`)).status).toBe(403)
  for (const key of [filesKey, chatKey, memoryKey]) expect((await share(key, 'file', made.file, { everyone: true })).status).toBe(403)

  // What is marked is marked with its owner, and the owner's own lists are as they were.
  const [file] = (await inside.get('/api/v1/files')).body.items
  expect(file.sharedBy).toEqual({ userId: ada.user.id, name: ada.person.name })
  expect((await ada.get('/api/v1/files')).body.items[0].sharedBy).toBeNull()
  expect((await inside.get('/api/v1/files/storage')).body.files).toBe(0)
  expect(said((await inside.get('/api/v1/me/export')).body)).not.toContain(secret)
})

test('it ends with the next request, in each way in which it ends: the group, the member, the share, the membership of either side, the thing', async () => {
  const { owner, path } = await found()
  const ends: [string, (given: { ada: Person; reader: Person; groupId: string; file: string }) => Promise<{ status: number }>][] = [
    ['out of the group', ({ reader, groupId }) => owner.delete(`${path}/groups/${groupId}/members/${reader.user.id}`)],
    ['the group is deleted', ({ groupId }) => owner.delete(`${path}/groups/${groupId}`)],
    ['it is taken back', ({ ada, file }) => share(ada, 'file', file, {})],
    ['the reader leaves', ({ reader }) => reader.delete(`${path}/members/${reader.user.id}`)],
    ['the owner of it leaves', ({ ada }) => ada.delete(`${path}/members/${ada.user.id}?shared=take_along`)],
    ['it is deleted', ({ ada, file }) => ada.delete(`/api/v1/files/${file}`)],
  ]
  for (const [name, end] of ends) {
    const [ada, reader] = [await join(owner, path), await join(owner, path)]
    const groupId = await group(owner, path, name, reader)
    const made = await things(ada)
    const near = await nearestTo(made.file)
    await share(ada, 'file', made.file, { groupIds: [groupId] })
    const ways = async () => (await seen(reader, reader.user.id, made, near)).length
    expect([name, await ways()]).toEqual([name, 9])
    expect((await end({ ada, reader, groupId, file: made.file })).status).toBeLessThan(300)
    expect([name, await ways()]).toEqual([name, 0])
  }
  // Nothing is left that would be shared again with who comes back.
  const { rows } = await app.database.pool.query(`
    select s.id from group_shares s left join members m on m.user_id = s.owner_id and m.organisation_id = s.organisation_id where m.id is null
    union all select id from group_shares where kind = 'file' and thing_id not in (select id from files)`)
  expect(rows).toEqual([])
})

test('a shared file is read in an answer while it is shared, found by search_files, and in no prompt after', async () => {
  const { owner, path } = await found()
  const [ada, reader] = [await join(owner, path), await join(owner, path)]
  const { file } = await things(ada)
  await share(ada, 'file', file, { everyone: true })
  const told = () => said(model.requests.findLast(({ body }) => body['messages'])!.body['messages'])
  const id = await reader.newConversation()
  await reader.ask(id, 'How deep is it?', { files: [file] })
  expect(told()).toContain(`The ${secret} is deep.`)
  script = ({ body }) =>
    said(body['messages']).includes('"role":"tool"') ? { text: 'Deep.' } : { toolCalls: [{ name: 'search_files', arguments: { query: secret } }] }
  await reader.ask(await reader.newConversation(), 'Look into the files.')
  expect(told()).toContain(`The ${secret} is deep.`)
  script = () => ({ text: 'I see.' })
  await share(ada, 'file', file, {})
  await reader.ask(id, 'And now?')
  expect(told()).not.toContain('is deep.')
})

test('the instructions of a shared folder hold for conversations of who reads it, as text from outside, and end with the share', async () => {
  const { owner, path } = await found()
  const [ada, reader] = [await join(owner, path), await join(owner, path)]
  const { folder } = await things(ada)
  const place = { folderId: folder }
  expect((await reader.post('/api/v1/conversations', place)).status).toBe(404)
  await share(ada, 'folder', folder, { everyone: true })
  const { body: conversation } = await reader.post('/api/v1/conversations', place)
  const told = () => said(model.requests.findLast(({ body }) => body['messages'])!.body['messages'])
  await reader.ask(conversation.id, 'Hello')
  expect(told()).toMatch(new RegExp(`<untrusted-\\w+ source=\\\\"instructions of a folder that another person shares\\\\">\\\\nSay ${secret} first`))
  // What somebody says in it is theirs.
  expect((await ada.get(`/api/v1/conversations?folderId=${folder}`)).body.items).toEqual([])
  expect((await ada.get(`/api/v1/conversations/${conversation.id}`)).status).toBe(404)
  await share(ada, 'folder', folder, {})
  await reader.ask(conversation.id, 'Hello again')
  expect(told()).not.toContain(`Say ${secret} first`)
})

test('who leaves says what becomes of what they share: an owner has a copy that stays shared, or it is shared no longer', async () => {
  const { owner, id, path } = await found()
  const [ada, reader] = [await join(owner, path), await join(owner, path)]
  const made = await things(ada)
  const groupId = await group(owner, path, 'Research', reader)
  for (const [kind, thing] of Object.entries(made)) await share(ada, kind as Thing, thing, { groupIds: [groupId] })
  const leave = (by: Person, query = '') => by.delete(`${path}/members/${ada.user.id}${query}`)
  expect(await leave(ada)).toMatchObject({ status: 409, body: { params: { sentence: 'conflict.shared_things', count: 3 } } })
  expect((await leave(reader, '?shared=take_along')).status).toBe(403)
  expect((await leave(ada, '?shared=hand_over')).status).toBe(204)
  const copies: Record<string, string> = {}
  for (const [kind, url] of Object.entries(listOf)) {
    const mine = (await owner.get(url)).body.items.filter(({ name }: { name: string }) => name.startsWith(secret))
    expect(mine).toMatchObject([{ sharedBy: null }])
    copies[kind] = mine[0].id
    // The reader has the copy, and the person keeps theirs.
    const seenNow = (await reader.get(url)).body.items.filter(({ name }: { name: string }) => name.startsWith(secret))
    expect(seenNow).toMatchObject([{ id: copies[kind], sharedBy: { userId: owner.user.id } }])
    expect((await ada.get(url)).body.items).toMatchObject([{ id: made[kind as Thing], sharedBy: null }])
  }
  const rows = (await app.auditRows()).filter(({ details }) => (details as { organisation?: string } | null)?.organisation === id)
  const handedOver = rows.filter(({ action }) => action === 'share.handed_over').map(({ target }) => target)
  expect(new Set(handedOver)).toEqual(new Set(Object.values(copies)))
  expect(rows.filter(({ action }) => action === 'share.added')).toHaveLength(3)
  // No names, no words.
  expect(said(rows)).not.toContain(secret)

  const bob = await join(owner, path)
  const theirs = await things(bob)
  await share(bob, 'file', theirs.file, { everyone: true })
  expect((await owner.delete(`${path}/members/${bob.user.id}`)).status).toBe(409)
  expect((await owner.delete(`${path}/members/${bob.user.id}?shared=take_along`)).status).toBe(204)
  expect((await reader.get(`/api/v1/files/${theirs.file}`)).status).toBe(404)
  expect((await bob.get(`/api/v1/files/${theirs.file}`)).status).toBe(200)
})

test('groups: admins keep them, members see them, names are once, and each change is audited without them', async () => {
  const { owner, id, path } = await found()
  const [manager, member, stranger] = [await join(owner, path, 'admin'), await join(owner, path), await app.signUp()]
  const { status, body } = await manager.post(`${path}/groups`, { name: 'Research' })
  expect([status, body]).toMatchObject([201, { name: 'Research', members: 0, isIn: false }])
  expect(await manager.post(`${path}/groups`, { name: 'Research' })).toMatchObject({
    status: 409,
    body: { params: { sentence: 'conflict.group_name' } },
  })
  const at = `${path}/groups/${body.id}`
  const acts: [string, (who: Person) => Promise<{ status: number }>, number[]][] = [
    ['list', (who) => who.get(`${path}/groups`), [200, 200, 200]],
    ['add', (who) => who.put(`${at}/members/${member.user.id}`), [403, 204, 204]],
    ['members of it', (who) => who.get(`${path}/members?groupId=${body.id}`), [200, 200, 200]],
    ['rename', (who) => who.patch(at, { name: 'Labs' }), [403, 200, 200]],
    ['take out', (who) => who.delete(`${at}/members/${member.user.id}`), [403, 204, 204]],
    ['make', (who) => who.post(`${path}/groups`, { name: crypto.randomUUID() }), [403, 201, 201]],
  ]
  for (const [name, act, expected] of acts) {
    const statuses = []
    for (const who of [member, manager, owner]) statuses.push((await act(who)).status)
    expect([name, ...statuses]).toEqual([name, ...expected])
    for (const who of [stranger, admin]) expect([name, (await act(who)).status]).toEqual([name, 404])
  }
  // Of another organisation there is no group and no member, by whichever path.
  const other = await found()
  const theirs = await group(other.owner, other.path)
  expect((await owner.put(`${path}/groups/${theirs}/members/${member.user.id}`)).status).toBe(404)
  expect((await owner.put(`${at}/members/${other.owner.user.id}`)).status).toBe(404)
  expect((await owner.delete(`${path}/groups/${theirs}`)).status).toBe(404)
  const { prompt } = await things(member)
  expect((await share(member, 'prompt', prompt, { groupIds: [theirs] })).status).toBe(404)
  expect(await share(stranger, 'prompt', (await things(stranger)).prompt, { everyone: true })).toMatchObject({
    status: 409,
    body: { params: { sentence: 'conflict.no_organisation' } },
  })
  expect((await owner.delete(at)).status).toBe(204)
  const rows = (await app.auditRows()).filter(({ details }) => (details as { organisation?: string } | null)?.organisation === id)
  const count = (action: string) => rows.filter((row) => row.action === action).length
  expect(['group.created', 'group.renamed', 'group.member_added', 'group.member_removed', 'group.deleted'].map(count)).toEqual([3, 2, 1, 1, 1])
  expect(said(rows)).not.toMatch(/Research|Labs/)
})
