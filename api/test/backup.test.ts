import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolder } from '#ports/blobs/folder.ts'
import { createBlobs } from '#ports/blobs/index.ts'
import { openS3 } from '#ports/blobs/s3.ts'
import { openBundledChroma } from '#ports/vectors/bundled-chroma.ts'
import { textOf } from './client.ts'
import { startS3 } from './engines/s3.ts'
import { copyDatabase, startTestApp, type TestApp } from './test-app.ts'

const cli = join(import.meta.dirname, '../src/cli.ts')
const embedded = { DATABASE_URL: '', CHROMA_URL: '' }
const person = { email: 'ada@example.org', password: 'correct horse battery', name: 'Ada' }

let home: string
let file: string
let conversation: string
const stack = new AsyncDisposableStack()
const folder = (name: string) => join(home, name)

/** An installation that was used: a person, a memory, an answer with a tool call, and its backup, made while an answer streams. */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'jarvis-backup-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  file = folder('jarvis.backup')
  await using app = await startTestApp({ ...embedded, DATA_DIR: folder('first') })
  const ada = await app.signUp(person)
  conversation = await ada.newConversation()
  await ada.post('/api/v1/memories', { text: 'My favourite planet is Neptune.' })
  expect(textOf(await ada.ask(conversation, 'What is 19 * 23?'))).toContain('437')
  const streaming = ada.ask(conversation, 'Count to 200')
  expect(await jarvis({ DATA_DIR: folder('first') }, 'backup', file)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\d+ rows and memories in \d+ tables/) as string,
  })
  await streaming
})
afterAll(() => stack.disposeAsync())

test('a backup is for its owner’s eyes', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('restored into an empty folder, everything is there: sign-in, messages with tool calls, memories, a sound audit and ledger', async () => {
  const settings = { DATA_DIR: folder('restored') }
  expect(await jarvis(settings, 'restore', file)).toMatchObject({ code: 0 })
  await using app = await startTestApp({ ...embedded, ...settings })
  await expectEverything(app)
  expect(await jarvis(settings, 'audit', 'verify')).toMatchObject({ code: 0 })
  expect(await jarvis(settings, 'ledger', 'verify')).toMatchObject({ code: 0 })
  expect(await jarvis(settings, 'restore', file)).toEqual({ code: 1, output: 'A server uses this database. Stop it first.' })
})

test(
  'by itself to a bucket: encrypted, read back, with files; old ones go; restored from there; a failure is seen',
  { timeout: 120_000 },
  async () => {
    const s3 = await startS3()
    const place = openS3(s3.config)
    stack.defer(() => place[Symbol.dispose]())
    const settings = { BACKUP_URL: s3.url(), BACKUP_KEY: 'age-or-any-long-secret', BACKUP_KEEP: '2' }
    const old = [1, 2, 3].map((day) => `jarvis-2020-01-0${day}T00-00-00-000Z.backup.age`)
    for (const name of ['notes.txt', ...old]) await place.put(name, Readable.from([Buffer.from('old')]))
    const names = async () => (await place.list('')).map(({ name }) => name)
    const photo = randomBytes(300_000)

    const first = { ...settings, DATA_DIR: folder('first') }
    let key: string
    {
      await using app = await startTestApp({ ...embedded, ...first })
      const ada = await signIn(app)
      const { id } = (await ada.get('/api/v1/me')).body
      key = (await createBlobs(openFolder(join(folder('first'), 'files'))).put(id as string, Readable.from([photo]), { bytesMax: 1e6 })).key
      await dueNow(app)
      await expect.poll(async () => (await names()).length, { timeout: 60_000 }).toBe(3)
      await expect
        .poll(async () => (await ada.get('/api/v1/admin/stats')).body.backup, { timeout: 30_000 })
        .toMatchObject({
          isScheduled: true,
          lastBytes: (await place.list('')).find(({ name }) => name > old[2]! && name !== 'notes.txt')!.bytes,
          failures: 0,
        })
      expect(await names()).toEqual([old[2], expect.stringMatching(/^jarvis-20[2-9]/) as string, 'notes.txt'])
      expect(Number(/^jarvis_backup_age_seconds (\S+)$/m.exec(await metricsOf(app))![1])).toBeLessThan(300)
    }
    const [, newest] = await names()
    expect((await Array.fromAsync((await place.get(newest!))!)).join('')).toMatch(/^age-encryption\.org\/v1\n/)
    expect((await jarvis(first, 'backup', 'list')).output.split('\n')[0]).toMatch(newest!)
    expect(await jarvis(first, 'backup', 'verify')).toEqual({ code: 0, output: expect.stringContaining(`${newest} is whole`) as string })

    const restored = { ...settings, DATA_DIR: folder('from-bucket') }
    const wrong = await jarvis({ ...restored, BACKUP_KEY: 'another-long-secret' }, 'restore', 'latest')
    expect(wrong).toEqual({ code: 1, output: expect.stringContaining('BACKUP_KEY does not open this backup') as string })
    expect(await jarvis(restored, 'restore', 'latest')).toMatchObject({ code: 0 })
    await using app = await startTestApp({ ...embedded, ...restored })
    await expectEverything(app)
    expect(Buffer.compare(await buffer((await createBlobs(openFolder(join(folder('from-bucket'), 'files'))).get(key))!), photo)).toBe(0)

    await s3.stop()
    await dueNow(app)
    const ada = await signIn(app)
    await expect
      .poll(async () => (await ada.get('/api/v1/admin/stats')).body.backup, { timeout: 60_000 })
      .toMatchObject({ failures: 1, failure: expect.stringContaining('The file store cannot be used right now') as string })
    expect(await metricsOf(app)).toMatch(/^jarvis_backup_failures 1$/m)
    expect((await app.database.pool.query(`select from schedules where id = 'backup-again' and next_at > now()`)).rowCount).toBe(1)
  },
)

test('promoted to servers, rows and hashes are compared, everything is there, and the folder stays as it was', async () => {
  const chroma = stack.use(await openBundledChroma({ dataDir: folder('other-chroma') }))
  const servers = { DATABASE_URL: await copyDatabase(stack), CHROMA_URL: chroma.url }
  const source = { DATA_DIR: folder('first') }
  const promoted = await jarvis(source, 'promote', '--to-database', servers.DATABASE_URL, '--to-chroma', servers.CHROMA_URL)
  expect(promoted).toMatchObject({ code: 0, output: expect.stringContaining('✓ messages') as string })
  expect(promoted.output).not.toContain('✗')
  {
    await using app = await startTestApp({ ...servers, DATA_DIR: folder('servers') })
    await expectEverything(app)
  }
  const again = await jarvis(source, 'promote', '--to-database', servers.DATABASE_URL, '--to-chroma', servers.CHROMA_URL)
  expect(again).toEqual({ code: 1, output: expect.stringMatching(/^The database is not empty: .* has rows\./) as string })
  await using app = await startTestApp({ ...embedded, ...source })
  await expectEverything(app)
})

test('a backup that was cut or changed, another file, and none at all are told in one line, and nothing is written', async () => {
  const whole = await readFile(file)
  const changed = Buffer.from(whole)
  changed[changed.length >> 1]! ^= 1
  const faulty: [string, Buffer | null, RegExp][] = [
    ['cut', whole.subarray(0, whole.length >> 1), /is not a whole backup/],
    ['changed', changed, /is not a whole backup/],
    ['other', Buffer.from('hello'), /is not a whole backup/],
    ['missing', null, /^There is no backup .*missing/],
  ]
  for (const [name, content, message] of faulty) {
    if (content) await writeFile(folder(name), content)
    const { code, output } = await jarvis({ DATA_DIR: folder('untouched') }, 'restore', folder(name))
    expect({ code, lines: output.split('\n').length }).toEqual({ code: 1, lines: 1 })
    expect(output).toMatch(message)
  }
  expect(await jarvis({ DATA_DIR: folder('untouched') }, 'restore', file)).toMatchObject({ code: 0 })
})

async function expectEverything(app: TestApp): Promise<void> {
  const client = app.anyone()
  const { status, body } = await client.post('/api/v1/auth/login?transport=body', { email: person.email, password: person.password })
  expect(status).toBe(200)
  client.useToken(body.accessToken as string)
  const { items } = (await client.get(`/api/v1/conversations/${conversation}/messages`)).body
  expect(items[1]).toMatchObject({ status: 'complete', toolCalls: [{ name: 'calculator', status: 'done' }] })
  expect(textOf(await client.ask(await client.newConversation(), 'Which is my favourite planet?'))).toContain('Neptune')
}

/** The jobs' clock is the database's. */
const dueNow = (app: TestApp) => app.database.pool.query(`update schedules set next_at = now() where id = 'backup'`)

const metricsOf = async (app: TestApp) => await (await fetch(`${app.url}/metrics`)).text()

async function signIn(app: TestApp) {
  const client = app.anyone()
  const { body } = await client.post('/api/v1/auth/login?transport=body', { email: person.email, password: person.password })
  client.useToken(body.accessToken as string)
  return client
}

async function jarvis(settings: Record<string, string>, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...settings }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], { env })
    return { code: 0, output: stdout.trim() }
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string }
    return { code, output: stderr.trim() }
  }
}
