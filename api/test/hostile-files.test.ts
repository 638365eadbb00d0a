import { createServer, type Server } from 'node:http'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './cluster/cluster.ts'
import { type Hostile, hostileFiles } from './hostile/files.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type Signed = Awaited<ReturnType<TestApp['signUp']>>
const secret = 'the-secret-of-this-machine'
let app: TestApp
let site: Server
let files: Hostile[]
let folder: string
const asked: string[] = []
beforeAll(async () => {
  site = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('asked')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => site.once('listening', resolve))
  const host = `127.0.0.1:${(site.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), 'jarvis-secret-'))
  const path = join(folder, 'secret.txt')
  await writeFile(path, secret)
  // Before the app is there: to make them takes the processor for seconds.
  files = hostileFiles(`http://${host}`, path)
  // Nothing but good behaviour keeps a reader from it.
  app = await startTestApp({ EGRESS_ALLOW_HOSTS: host })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  site.close()
  await rm(folder, { recursive: true, force: true })
})

async function upload({ accessToken }: Signed, { name, bytes }: Hostile) {
  const form = new FormData()
  form.append('file', new Blob([bytes as BlobPart]), name)
  const answer = await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, body: form })
  return { status: answer.status, body: await answer.json() }
}

test('of at least forty files that mean harm each is refused or read, none asks anybody, gets out or ends anything', async () => {
  expect(files.length).toBeGreaterThanOrEqual(40)
  const people = await Promise.all([app.signUp(), app.signUp()])
  for (const { person } of people) await app.accounts.change(person.email, { plan: 'enterprise' })
  const bystander = await app.signUp()
  const sent: { what: string; person: Signed; id: string }[] = []
  for (const [at, file] of files.entries()) {
    const person = people[at % 2]!
    const { status, body } = await upload(person, file)
    expect([201, 400, 413, 415], `${file.what}: ${JSON.stringify(body)}`).toContain(status)
    if (status === 201) {
      expect(body.name, file.what).not.toMatch(/[/\\\p{Cc}\u202e]/u)
      sent.push({ what: file.what, person, id: body.id })
    }
  }
  // Meanwhile somebody else's is read, before the pile is done.
  const { body: theirs } = await upload(bystander, { what: '', name: 'mine.txt', bytes: 'Mine.' })
  await until(async () => (await bystander.get(`/api/v1/files/${theirs.id}`)).body.status === 'ready', 120_000)

  const ends: Record<string, number> = {}
  for (const { what, person, id } of sent) {
    const settled = async () => (await person.get(`/api/v1/files/${id}`)).body
    await until(async () => (await settled()).status !== 'processing', 300_000)
    const { status, error } = await settled()
    ends[status] = (ends[status] ?? 0) + 1
    if (status === 'failed') expect(error.params.sentence, what).toMatch(/^invalid_request\.file_/)
    const { body } = await person.get(`/api/v1/files/${id}/text?limit=100`)
    expect(JSON.stringify(body), what).not.toContain(secret)
    const content = await fetch(`${app.url}/api/v1/files/${id}/content`, { headers: { authorization: `Bearer ${person.accessToken}` } })
    expect(content.headers.get('content-security-policy'), what).toBe("sandbox; default-src 'none'")
    expect(content.headers.get('x-content-type-options'), what).toBe('nosniff')
    await content.body?.cancel()
  }
  expect(asked).toEqual([])
  expect(existsSync('/tmp/escaped.txt')).toBe(false)
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
  expect(ends.ready).toBeGreaterThan(20)
})

test('a file that is deleted while it is read leaves nothing', async () => {
  const person = await app.signUp()
  const { body } = await upload(
    person,
    files.find(({ name }) => name === 'picture.docx')!,
  )
  expect((await person.delete(`/api/v1/files/${body.id}`)).status).toBe(204)
  const { rows } = await app.database.pool.query('select from file_passages where file_id = $1', [body.id])
  expect(rows).toEqual([])
  expect((await person.get(`/api/v1/files/${body.id}`)).status).toBe(404)
})
