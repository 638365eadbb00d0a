import { connect } from 'node:net'
import { readFileSync } from 'node:fs'
import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolder } from '#ports/blobs/folder.ts'
import { createBlobs } from '#ports/blobs/index.ts'
import { makePdf } from '../../simulators/web/pdf.ts'
import { until } from './cluster/cluster.ts'
import { makeZip } from './make-zip.ts'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
/** Who keeps nothing from one test to the next. */
let ada: Signed
beforeAll(async () => {
  app = await startTestApp()
  ada = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

type Signed = Awaited<ReturnType<TestApp['signUp']>>
const document = (name: string) => readFileSync(new URL(`./fixtures/documents/${name}`, import.meta.url))

async function upload({ accessToken }: Pick<Signed, 'accessToken'>, name: string, bytes: Uint8Array | string, field = 'file') {
  const form = new FormData()
  form.append('note', 'A field that nobody asked for.')
  form.append(field, new Blob([bytes as BlobPart]), name)
  const answer = await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, body: form })
  return { status: answer.status, body: await answer.json() }
}

/** What it is once it has been read. */
async function read(person: Signed, name: string, bytes: Uint8Array | string) {
  const { body } = await upload(person, name, bytes)
  await until(async () => (await person.get(`/api/v1/files/${body.id}`)).body.status !== 'processing')
  return (await person.get(`/api/v1/files/${body.id}`)).body
}

const download = (person: Pick<Signed, 'accessToken'>, id: string, headers: Record<string, string> = {}) =>
  fetch(`${app.url}/api/v1/files/${id}/content`, { headers: { authorization: `Bearer ${person.accessToken}`, ...headers } })

const blobsOf = (person: Signed) => readdir(join(app.dataDir, 'files', person.user.id)).catch(() => [])

test('a file is kept, listed, found by its name, given back as it was, and gone when it is deleted', async () => {
  const person = await app.signUp()
  const text = 'Grüße aus Köln\n'
  const sent = await upload(person, '../../etc/Grüße.md', text)
  expect(sent).toMatchObject({ status: 201, body: { status: 'processing' } })
  const file = await read(person, 'the same.md', text)
  expect(file).toMatchObject({ name: 'Grüße.md', mediaType: 'text/markdown', bytes: 18, status: 'ready', error: null, pages: null })
  const other = await read(person, 'tides.pdf', makePdf(['High water at noon']))
  expect(other).toMatchObject({ mediaType: 'application/pdf', status: 'ready', pages: 1 })

  expect((await person.get('/api/v1/files')).body).toEqual({ items: [other, file], nextCursor: null })
  expect((await person.get('/api/v1/files/storage')).body).toEqual({
    files: 2,
    filesMax: 10,
    bytes: 18 + other.bytes,
    fileBytesMax: 10 * 1024 * 1024,
  })
  const { nextCursor } = (await person.get('/api/v1/files?limit=1')).body
  expect((await person.get(`/api/v1/files?limit=1&cursor=${nextCursor}`)).body).toEqual({ items: [file], nextCursor: null })
  expect((await person.get('/api/v1/files?q=GR%C3%9C')).body.items).toEqual([file])
  expect((await person.get('/api/v1/files?q=%25')).body.items).toEqual([])
  expect((await person.get(`/api/v1/files/${file.id}`)).body).toEqual(file)

  const content = await download(person, file.id)
  expect(await content.text()).toBe(text)
  expect(Object.fromEntries(content.headers)).toMatchObject({
    'content-length': '18',
    'content-disposition': `attachment; filename="Gr__e.md"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.md`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  })

  expect((await person.delete(`/api/v1/files/${file.id}`)).status).toBe(204)
  expect((await download(person, file.id)).status).toBe(404)
  expect((await person.get('/api/v1/files')).body.items).toEqual([other])
  expect(await blobsOf(person)).toHaveLength(1)
})

test.each([
  ['bytes=0-3', 206, 'abcd', 'bytes 0-3/10'],
  ['bytes=7-', 206, 'hij', 'bytes 7-9/10'],
  ['bytes=-2', 206, 'ij', 'bytes 8-9/10'],
  ['bytes=8-99', 206, 'ij', 'bytes 8-9/10'],
  ['bytes=10-', 416, null, 'bytes */10'],
  ['bytes=0-1,4-5', 200, 'abcdefghij', null],
  ['bytes=5-2', 200, 'abcdefghij', null],
  ['lines=1-2', 200, 'abcdefghij', null],
])('the range %s is answered with %i', async (range, status, text, contentRange) => {
  const person = ada
  const { body: file } = await upload(person, 'letters', 'abcdefghij')
  const answer = await download(person, file.id, { range })
  expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange])
  const body = await answer.text()
  if (text === null) expect(JSON.parse(body)).toMatchObject({ status: 416 })
  else expect(body).toBe(text)
  if (status === 206) expect(await (await download(person, file.id, { range, 'if-range': '"another"' })).text()).toBe('abcdefghij')
})

test('another person, and a key that is not for files, find nothing; a key that is finds all', async () => {
  const [person, stranger] = await Promise.all([app.signUp(), app.signUp()])
  const { body: file } = await upload(person, 'mine.txt', 'mine')
  for (const path of [`/api/v1/files/${file.id}`, `/api/v1/files/${file.id}/content`]) expect((await stranger.get(path)).status).toBe(404)
  expect((await stranger.delete(`/api/v1/files/${file.id}`)).status).toBe(404)
  expect((await stranger.get('/api/v1/files')).body.items).toEqual([])
  expect((await app.anyone().get(`/api/v1/files/${file.id}/content`)).status).toBe(401)
  const keyFor = async (scope: string) => ({ accessToken: (await person.post('/api/v1/api-keys', { name: scope, scopes: [scope] })).body.secret })
  expect((await download(await keyFor('chat'), file.id)).status).toBe(403)
  expect(await (await download(await keyFor('files'), file.id)).text()).toBe('mine')
  expect((await upload(await keyFor('files'), 'theirs.txt', 'theirs')).status).toBe(201)
})

test('the same bytes are one file of a person, also at the same time, and another file of another', async () => {
  const [person, other] = await Promise.all([app.signUp(), app.signUp()])
  const sent = await Promise.all(['one.txt', 'two.txt', 'three.txt'].map((name) => upload(person, name, 'the same')))
  expect(new Set(sent.map(({ body }) => body.id)).size).toBe(1)
  expect(sent.map(({ status }) => status)).toEqual([201, 201, 201])
  expect(await blobsOf(person)).toHaveLength(1)
  expect((await upload(other, 'one.txt', 'the same')).body.id).not.toBe(sent[0]!.body.id)
})

const sheet = [
  { name: '[Content_Types].xml', data: '<Types/>' },
  { name: 'xl/workbook.xml', data: '<workbook/>' },
]
const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(9000), Buffer.from('EncryptedPackage', 'utf16le')])

test.each([
  ['nothing', 'a.txt', '', 400, 'invalid_request.file_empty'],
  ['more than the plan takes', 'a.txt', Buffer.alloc(10 * 1024 * 1024 + 1, 'a'), 413, 'file_too_large.plan'],
  ['much more than the plan takes', 'a.txt', Buffer.alloc(20 * 1024 * 1024, 'a'), 413, 'file_too_large.plan'],
  ['a program that is called a text', 'a.txt', Buffer.from('\u007fELF\u0002\u0001\u0001\u0000\u0000', 'latin1'), 415, 'unsupported_media_type.file'],
  ['an archive', 'a.zip', makeZip([{ name: 'a.txt', data: 'a' }]), 415, 'unsupported_media_type.file'],
  ['an office file that was cut off', 'a.xlsx', makeZip(sheet).subarray(0, -30), 400, 'invalid_request.file_broken'],
  ['an archive with a password', 'a.xlsx', makeZip(sheet.map((entry) => ({ ...entry, isEncrypted: true }))), 400, 'invalid_request.file_encrypted'],
  ['an office file with a password', 'a.docx', compound, 400, 'invalid_request.file_encrypted'],
  ['a PDF with a password', 'a.pdf', document('locked.pdf'), 400, 'invalid_request.file_encrypted'],
])('%s is refused at once, and nothing of it is kept', async (_name, name, bytes, status, sentence) => {
  const person = ada
  const before = await blobsOf(person)
  const refused = await upload(person, name, bytes)
  expect([refused.status, refused.body.params?.sentence]).toEqual([status, sentence])
  expect(refused.body.detail).not.toMatch(/[{}]/)
  expect((await blobsOf(person)).length).toBe(before.length)
})

test('what a file is comes from its bytes; of text, from its name', async () => {
  const person = await app.signUp()
  const typeOf = async (name: string, bytes: Uint8Array | string) => (await upload(person, name, bytes)).body.mediaType
  expect(await typeOf('report.pdf', 'only text')).toBe('text/plain')
  expect(await typeOf('page', '<!DOCTYPE html><p>Hello')).toBe('text/html')
  expect(await typeOf('table.csv', Buffer.from('Stra\xdfe;1', 'latin1'))).toBe('text/csv')
  expect(await typeOf('wide.txt', Buffer.from('\ufeffwide', 'utf16le'))).toBe('text/plain')
  expect(await typeOf('picture.txt', Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'))).toBe('image/png')
  expect(await typeOf('sheet.bin', makeZip(sheet))).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  expect(await typeOf('icon.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')).toBe('image/svg+xml')
  // Its password is only for changing it.
  expect(await typeOf('open.pdf', document('owner-locked.pdf'))).toBe('application/pdf')
  const shown = (await person.get('/api/v1/files')).body.items.map(({ id, mediaType }: { id: string; mediaType: string }) => ({
    id,
    mediaType,
  }))
  for (const { id, mediaType } of shown) {
    const disposition = (await download(person, id)).headers.get('content-disposition')!
    expect(disposition.startsWith('inline')).toBe(mediaType === 'image/png')
  }
})

test('documents of other programs, books and letters are known whatever their names end in', async () => {
  const person = await app.signUp()
  const typeOf = async (name: string, bytes: Uint8Array | string) => (await upload(person, name, bytes)).body.mediaType
  const openDocument = 'application/vnd.oasis.opendocument'
  expect(await typeOf('letter', document('tides.odt'))).toBe(`${openDocument}.text`)
  expect(await typeOf('table.zip', document('tides.ods'))).toBe(`${openDocument}.spreadsheet`)
  expect(await typeOf('talk.txt', document('tides.odp'))).toBe(`${openDocument}.presentation`)
  expect(await typeOf('book', document('tides.epub'))).toBe('application/epub+zip')
  expect(await typeOf('text.txt', document('tides.rtf'))).toBe('application/rtf')
  expect(await typeOf('letter.eml', 'Subject: Tides\r\n\r\nHigh water at noon')).toBe('message/rfc822')
  const letter = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(70_000), Buffer.from('__properties_version1.0', 'utf16le')])
  expect(await typeOf('letter', letter)).toBe('application/vnd.ms-outlook')
})

test('a request that has no file says so', async () => {
  const person = ada
  expect(await upload(person, 'a.txt', 'a', 'document')).toMatchObject({
    status: 400,
    body: { params: { sentence: 'invalid_request.file_missing' } },
  })
  expect(await person.post('/api/v1/files', {})).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
})

test.each([
  ['without a boundary', 'multipart/form-data', ''],
  ['with an empty boundary', 'multipart/form-data; boundary=""', '--\r\n'],
  ['with a boundary of 300 characters', `multipart/form-data; boundary=${'b'.repeat(300)}`, 'x'],
  ['cut off in a head', 'multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="fi'],
  ['cut off in the file', 'multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'],
])('a form %s is the fault of who sends it, and leaves nothing', async (_how, type, body) => {
  const before = await blobsOf(ada)
  const headers = { authorization: `Bearer ${ada.accessToken}`, 'content-type': type }
  const answer = await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers, body })
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'invalid_request'])
  expect(await blobsOf(ada)).toEqual(before)
})

/** The first part of an upload of 500 kB. */
function begin(token: string) {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  socket.write(
    `POST /api/v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: multipart/form-data; boundary=b\r\n` +
      `content-length: 500000\r\n\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${'a'.repeat(100_000)}`,
  )
  return socket
}

test('an upload whose key is deleted ends, and says why', async () => {
  const person = await app.signUp()
  const { id, secret } = (await person.post('/api/v1/api-keys', { name: 'files', scopes: ['files'] })).body
  const socket = begin(secret)
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  await until(async () => (await blobsOf(person)).length === 1)
  expect((await person.delete(`/api/v1/api-keys/${id}`)).status).toBe(204)
  await until(() => answer.includes('unauthenticated.key_ended'))
  expect(answer).toMatch(/^HTTP\/1.1 401 /)
  socket.destroy()
  await until(async () => (await blobsOf(person)).length === 0)
})

test('a download whose key is deleted ends', async () => {
  const person = await app.signUp()
  const { id, secret } = (await person.post('/api/v1/api-keys', { name: 'files', scopes: ['files'] })).body
  const file = await read(person, 'a.txt', 'abc')
  // More than the buffers on the way hold.
  const bytes = 64 * 1024 * 1024
  await truncate(join(app.dataDir, 'files', person.user.id, (await blobsOf(person))[0]!), bytes)
  await app.database.pool.query('update files set bytes = $1 where id = $2', [bytes, file.id])
  const answer = await download({ accessToken: secret }, file.id)
  const reader = answer.body!.getReader()
  await reader.read()
  expect((await person.delete(`/api/v1/api-keys/${id}`)).status).toBe(204)
  // Slowly: all of it would take a long time.
  const all = async () => {
    while (!(await reader.read()).done) await sleep(20)
  }
  await expect(all()).rejects.toThrow('terminated')
})

test('an upload that breaks off leaves nothing', async () => {
  const person = await app.signUp()
  const socket = begin(person.accessToken)
  await until(async () => (await blobsOf(person)).length === 1)
  socket.destroy()
  await until(async () => (await blobsOf(person)).length === 0)
  expect((await person.get('/api/v1/files')).body.items).toEqual([])
})

test('a plan keeps so many files, counted also when they come at once', async () => {
  const person = await app.signUp()
  const sent = await Promise.all(Array.from({ length: 12 }, (_, at) => upload(person, `${at}.txt`, `file ${at}`)))
  expect(sent.filter(({ status }) => status === 201)).toHaveLength(10)
  expect(sent.find(({ status }) => status !== 201)).toMatchObject({ status: 403, body: { code: 'quota_exceeded', params: { filesMax: 10 } } })
  expect(await blobsOf(person)).toHaveLength(10)
})

test('what is exported names the files, and a person who is erased leaves none', async () => {
  const person = await app.signUp()
  const file = await read(person, 'mine.txt', 'mine')
  expect((await person.get('/api/v1/me/export')).body.files).toEqual([file])
  expect((await person.delete('/api/v1/me')).status).toBe(204)
  await until(async () => (await blobsOf(person)).length === 0)
  expect((await app.database.pool.query('select from files where user_id = $1', [person.user.id])).rowCount).toBe(0)
})

test('bytes that no file has are swept when they are a day old', async () => {
  const person = await app.signUp()
  await upload(person, 'mine.txt', 'mine')
  const [kept] = await blobsOf(person)
  const keyOf = (time: number) =>
    `${person.user.id}/${time
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`
  const content = async function* () {
    yield Buffer.from('left')
  }
  using place = openFolder(join(app.dataDir, 'files'))
  const blobs = createBlobs(place)
  for (const hours of [25, 23]) await blobs.putBack(keyOf(Date.now() - hours * 3600_000), content())
  expect(await blobsOf(person)).toHaveLength(3)
  await app.upkeep.sweep('nightly')
  const left = await blobsOf(person)
  expect(left).toHaveLength(2)
  expect(left).toContain(kept)
})
