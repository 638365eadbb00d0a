import { createServer, type Server } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClaims } from '#features/files/claims.ts'
import { newId } from '#lib/ids.ts'
import { createLog } from '#lib/log.ts'
import { until } from './cluster/cluster.ts'
import { makePdf } from '../../simulators/web/pdf.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Signed = Awaited<ReturnType<TestApp['signUp']>>
let site: Server
let host: string
let app: TestApp
beforeAll(async () => {
  site = createServer((request, response) => {
    const page = pages[request.url ?? '']
    response.writeHead(page ? 200 : 404, { 'content-type': page?.type ?? 'text/plain' }).end(page?.body ?? 'none')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => site.once('listening', resolve))
  host = `127.0.0.1:${(site.address() as AddressInfo).port}`
  app = await startTestApp({ EGRESS_ALLOW_HOSTS: host })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  site.close()
})

const pages: Record<string, { type: string; body: string | Buffer }> = {
  '/tides': {
    type: 'text/html; charset=iso-8859-1',
    body: Buffer.from(
      '<html><head><title>Fl\xfct/Ebbe &amp; more</title></head><body><h1>Tides</h1><p>High water is at noon.</p></body></html>',
      'latin1',
    ),
  },
  '/reports/water%20levels.pdf': { type: 'application/octet-stream', body: makePdf(['The gauge stood at 4.11 m']) },
}

async function upload({ accessToken }: Signed, name: string, bytes: Uint8Array | string) {
  const form = new FormData()
  form.append('file', new Blob([bytes as BlobPart]), name)
  const answer = await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, body: form })
  return (await answer.json()) as { id: string; status: string }
}

async function settled(person: Signed, id: string) {
  await until(async () => (await person.get(`/api/v1/files/${id}`)).body.status !== 'processing')
  return (await person.get(`/api/v1/files/${id}`)).body
}

/** A file for which there is no job. */
async function add({ user }: Signed, claimedAt = 'null'): Promise<string> {
  const id = newId()
  await app.database.pool.query(
    `insert into files (id, user_id, name, media_type, bytes, sha256, blob_key, status, claimed_at)
     values ($1, $2, 'a', 'text/plain', 1, $3, $4, 'processing', ${claimedAt})`,
    [id, user.id, id, `${user.id}/${id}`],
  )
  return id
}

test('a page of the web is kept as it is now, with its address and date, and read like any file', async () => {
  const person = await app.signUp()
  const kept = await person.post('/api/v1/files/pages', { url: `http://${host}/tides` })
  expect(kept).toMatchObject({ status: 201, body: { name: 'Flüt Ebbe & more.html', mediaType: 'text/html', url: `http://${host}/tides` } })
  expect(await settled(person, kept.body.id)).toMatchObject({ status: 'ready', error: null })
  const { body } = await person.get(`/api/v1/files/${kept.body.id}/text`)
  expect(body).toMatchObject({ url: `http://${host}/tides`, createdAt: kept.body.createdAt })
  expect(body.passages.at(-1)).toMatchObject({ heading: 'Tides', text: expect.stringContaining('High water is at noon.') })
  const report = (await person.post('/api/v1/files/pages', { url: `http://${host}/reports/water%20levels.pdf` })).body
  expect(await settled(person, report.id)).toMatchObject({ name: 'water levels.pdf', mediaType: 'application/pdf', pages: 1, status: 'ready' })
})

test.each([
  ['is not there', () => `http://${host}/none`, 502, 'upstream_failed'],
  ['is in the network of this machine', () => 'http://127.0.0.1:8999/', 403, 'forbidden'],
  ['has no host', () => 'http://', 400, 'invalid_request'],
  ['is a file of this machine', () => 'file:///etc/passwd', 403, 'forbidden'],
])('a page that %s is refused, and nothing is kept', async (_what, url, status, code) => {
  const person = await app.signUp()
  expect(await person.post('/api/v1/files/pages', { url: url() })).toMatchObject({ status, body: { code } })
  expect((await person.get('/api/v1/files')).body.items).toEqual([])
})

test('pages that are pictures are counted while they are looked at', async () => {
  const person = await app.signUp()
  const scan = readFileSync(new URL('./fixtures/documents/scan.pdf', import.meta.url))
  const { id } = await upload(person, 'scan.pdf', scan)
  const file = await settled(person, id)
  expect(file.status).toBe('ready')
  expect(file.progress).toEqual({ done: expect.any(Number), total: file.progress.done })
  const text = await upload(person, 'a.txt', 'No pages.')
  expect(await settled(person, text.id)).toMatchObject({ status: 'ready', progress: null })
})

test('reading is stopped, and begun again', async () => {
  const person = await app.signUp()
  const { db, pool } = app.database
  const claims = createClaims({ db, log: createLog('silent') })
  // Whose two are at work already has to wait.
  await add(person, `now() + interval '1 hour'`)
  await add(person, `now() + interval '1 hour'`)
  const { id } = await upload(person, 'a.txt', 'Text.')
  await sleep(1000)
  expect((await person.get(`/api/v1/files/${id}`)).body.status).toBe('processing')
  await pool.query(`delete from files where user_id = $1 and id <> $2`, [person.user.id, id])
  const claimed = (await claims.next())!
  expect(claimed.id).toBe(id)
  using held = claims.hold(claimed, new AbortController().signal)
  const stranger = await app.signUp()
  expect((await stranger.delete(`/api/v1/files/${id}/read`)).status).toBe(404)
  expect(held.isLost()).toBe(false)
  const stopped = await person.delete(`/api/v1/files/${id}/read`)
  expect(stopped).toMatchObject({ status: 200, body: { status: 'failed', error: { params: { sentence: 'invalid_request.file_stopped' } } } })
  // Its reader hears of it.
  await until(async () => held.isLost())
  expect(held.signal.aborted).toBe(true)
  expect((await stranger.post(`/api/v1/files/${id}/read`, {})).status).toBe(404)
  expect((await person.post(`/api/v1/files/${id}/read`, {})).body).toMatchObject({ status: 'processing', error: null })
  expect(await settled(person, id)).toMatchObject({ status: 'ready', error: null })
})

test('a pile of one person’s does not hold up another’s, what failed comes last, and what a dead reader had comes again', async () => {
  const [ada, ben] = await Promise.all([app.signUp(), app.signUp()])
  const { db, pool } = app.database
  const [a1, a2, a3, b1] = [await add(ada), await add(ada), await add(ada), await add(ben)]
  const claims = createClaims({ db, log: createLog('silent') })
  const first = (await claims.next())!
  expect(first.id).toBe(a1)
  expect((await claims.next())?.id).toBe(b1)
  expect((await claims.next())?.id).toBe(a2)
  // Two of a person's at a time.
  expect(await claims.next()).toBeUndefined()
  await claims.defer(first)
  expect((await claims.next())?.id).toBe(a3)
  await pool.query(`update files set claimed_at = now() - interval '1 minute' where id = $1`, [a2])
  expect((await claims.next())?.id).toBe(a1)
  await pool.query('delete from files')
})
