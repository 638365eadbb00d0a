import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backupLock } from '#features/backup/back-up.ts'
import { openFolder } from '#ports/blobs/folder.ts'
import { createBlobs } from '#ports/blobs/index.ts'
import { openS3 } from '#ports/blobs/s3.ts'
import { openBundledChroma } from '#ports/vectors/bundled-chroma.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import { textOf } from './client.ts'
import { startS3 } from './engines/s3.ts'
import { copyDatabase, startTestApp, type TestApp } from './test-app.ts'

const cli = join(import.meta.dirname, '../src/cli.ts')
const embedded = { DATABASE_URL: '', CHROMA_URL: '' }
const tmpBytes = 8 * 1024 * 1024
const person = { email: 'ada@example.org', password: 'correct horse battery', name: 'Ada' }

let home: string
let file: string
let conversation: string
let s3: Awaited<ReturnType<typeof startS3>>
let servers: { DATABASE_URL: string; CHROMA_URL: string }
let first: TestApp
const stack = new AsyncDisposableStack()
const folder = (name: string) => join(home, name)
const source = () => ({ DATA_DIR: folder('first') })
const toBucket = () => ({ BACKUP_URL: s3.url(), BACKUP_KEY: 'age-or-any-long-secret', BACKUP_KEEP: '2' })
const photo = randomBytes(300_000)
const old = [1, 2, 3].map((day) => `jarvis-2020-01-0${day}T00-00-00-000Z.backup.age`)
let photoKey: string

/**
 * An installation that was used: a person, a memory, an answer with a tool call, a file, and its backup, made while an answer streams. It runs
 * until it is promoted: starting the engines is what takes time here.
 */
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'jarvis-backup-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  s3 = await startS3()
  stack.defer(() => s3.stop())
  const chroma = stack.use(await openBundledChroma({ dataDir: folder('chroma') }))
  servers = { DATABASE_URL: await copyDatabase(stack), CHROMA_URL: chroma.url }
  file = folder('jarvis.backup')
  first = await startTestApp({ ...embedded, ...source(), ...toBucket() })
  // The first backup comes by itself after a minute, whatever is at work then: here it comes when it is asked for.
  await first.database.pool.query(`delete from schedules where id = 'backup-again'`)
  const ada = await first.signUp(person)
  const { id } = (await ada.get('/api/v1/me')).body
  photoKey = (await filesOf('first').put(id as string, Readable.from([photo]), { bytesMax: 1e6 })).key
  conversation = await ada.newConversation()
  await ada.post('/api/v1/memories', { text: 'My favourite planet is Neptune.' })
  expect(textOf(await ada.ask(conversation, 'What is 19 * 23?'))).toContain('437')
  const streaming = ada.ask(conversation, 'Count to 200')
  expect(await jarvis(source(), 'backup', file)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\d+ rows and memories in \d+ tables/) as string,
  })
  await streaming
})
afterAll(() => stack.disposeAsync())

test('a mistyped path makes no folder, replaces no backup, and names itself', async () => {
  const size = (await stat(file)).size
  expect(await jarvis(source(), 'backup', file)).toMatchObject({ code: 1, output: expect.stringContaining(`${file} exists already`) as string })
  expect((await stat(file)).size).toBe(size)
  const nowhere = folder('nowhere/jarvis.backup')
  for (const command of ['backup', 'restore'])
    expect(await jarvis(source(), command, nowhere)).toMatchObject({ code: 1, output: expect.stringContaining(folder('nowhere')) as string })
  expect(await stat(folder('nowhere')).catch(({ code }: NodeJS.ErrnoException) => code)).toBe('ENOENT')
})

test('a backup is for its owner’s eyes', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('restored into an empty folder, everything is there: sign-in, messages with tool calls, memories, a sound audit and ledger', async () => {
  const settings = { DATA_DIR: folder('restored') }
  expect(await jarvis(settings, 'restore', file)).toMatchObject({ code: 0 })
  await using app = await startTestApp({ ...embedded, ...settings })
  await expectEverything(app)
  const checks = [
    ['audit', 'verify'],
    ['ledger', 'verify'],
    ['restore', file],
  ]
  const [audit, ledger, refused] = await Promise.all(checks.map((command) => jarvis(settings, ...command)))
  expect([audit!.code, ledger!.code]).toEqual([0, 0])
  expect(refused).toEqual({ code: 1, output: 'A server uses this database. Stop it first.' })
})

test('by itself to a bucket: encrypted, read back, with files; old ones go; restored from there; a failure is seen', async () => {
  const place = openS3(s3.config)
  stack.defer(() => place[Symbol.dispose]())
  for (const name of ['notes.txt', ...old]) await place.put(name, Readable.from([Buffer.from('old')]))
  const names = async () => (await place.list('')).map(({ name }) => name)
  const backupOf = async (client: Awaited<ReturnType<typeof signIn>>) => (await client.get('/api/v1/admin/stats')).body.backup
  const ada = await signIn(first)
  await dueNow(first)
  await expect.poll(async () => (await names()).length, { timeout: 60_000 }).toBe(3)
  await expect
    .poll(() => backupOf(ada), { timeout: 30_000 })
    .toMatchObject({
      isScheduled: true,
      lastBytes: (await place.list('')).find(({ name }) => name > old[2]! && name !== 'notes.txt')!.bytes,
      failures: 0,
    })
  expect(await names()).toEqual([old[2], expect.stringMatching(/^jarvis-20[2-9]/) as string, 'notes.txt'])
  expect(Number(/^jarvis_backup_age_seconds (\S+)$/m.exec(await metricsOf(first))![1])).toBeLessThan(300)
  const [, newest] = await names()
  expect((await Array.fromAsync((await place.get(newest!))!)).join('')).toMatch(/^age-encryption\.org\/v1\n/)

  const restored = { ...servers, ...toBucket(), DATA_DIR: folder('from-bucket') }
  const [list, verified, wrong, right] = await Promise.all([
    jarvis({ ...source(), ...toBucket() }, 'backup', 'list'),
    jarvis({ ...source(), ...toBucket() }, 'backup', 'verify'),
    jarvis({ ...restored, BACKUP_KEY: 'another-long-secret' }, 'restore', 'latest'),
    jarvis(restored, 'restore', 'latest'),
  ])
  expect(list.output.split('\n')[0]).toMatch(newest!)
  expect(verified).toEqual({ code: 0, output: expect.stringContaining(`${newest} is whole`) as string })
  expect(wrong).toEqual({ code: 1, output: expect.stringContaining('BACKUP_KEY does not open this backup') as string })
  expect(right).toMatchObject({ code: 0 })
  {
    await using app = await startTestApp(restored)
    await expectEverything(app)
    expect(Buffer.compare(await buffer((await filesOf('from-bucket').get(photoKey))!), photo)).toBe(0)
  }

  {
    // The operator makes one by hand meanwhile: that is no failure, nor does it hide one; the turn comes again.
    await using byHand = await holdBackups()
    await dueNow(first)
    await expect.poll(() => isDueAgain(first), { timeout: 30_000 }).toBe(true)
    expect(await backupOf(ada)).toMatchObject({ failures: 0, failure: null })
    await byHand.query(`delete from schedules where id = 'backup-again'`)
  }

  await s3.stop()
  await dueNow(first)
  await expect
    .poll(() => backupOf(ada), { timeout: 60_000 })
    .toMatchObject({ failures: 1, failure: expect.stringContaining('The file store cannot be used right now') as string })
  expect(await metricsOf(first)).toMatch(/^jarvis_backup_failures 1$/m)
  expect(await isDueAgain(first)).toBe(true)
})

test('in a container, with a read-only root and a /tmp far smaller than a backup, one is made and restored', async () => {
  const large = randomBytes(3 * tmpBytes)
  const { key } = await filesOf('from-bucket').put(crypto.randomUUID(), Readable.from([large]), { bytesMax: large.length })
  await mkdir(folder('backups'))
  const made = await jarvisInContainer('from-bucket', 'backup', folder('backups/large'))
  expect(made).toEqual({ code: 0, output: expect.stringContaining('rows and memories') as string })
  expect((await stat(folder('backups/large'))).size).toBeGreaterThan(3 * tmpBytes)

  await emptyServers()
  await mkdir(folder('again/files'), { recursive: true })
  const restored = await jarvisInContainer('again', 'restore', folder('backups/large'))
  expect(restored).toEqual({ code: 0, output: expect.stringContaining('are restored from') as string })
  expect(Buffer.compare(await buffer((await filesOf('again').get(key))!), large)).toBe(0)
  expect(await jarvis({ ...servers, DATA_DIR: folder('again') }, 'audit', 'verify')).toMatchObject({ code: 0 })
})

test('promoted to servers, rows and hashes are compared, everything is there, and the folder stays as it was', async () => {
  await first[Symbol.asyncDispose]()
  await emptyServers()
  const command = ['promote', '--to-database', servers.DATABASE_URL, '--to-chroma', servers.CHROMA_URL]
  const promoted = await jarvis(source(), ...command)
  expect(promoted).toMatchObject({ code: 0, output: expect.stringContaining('✓ messages') as string })
  expect(promoted.output).not.toContain('✗')
  {
    await using app = await startTestApp({ ...servers, DATA_DIR: folder('servers') })
    await expectEverything(app)
  }
  expect(await jarvis(source(), ...command)).toEqual({
    code: 1,
    output: expect.stringMatching(/^The database is not empty: .* has rows\./) as string,
  })
  await using app = await startTestApp({ ...embedded, ...source() })
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
  for (const [name, content] of faulty) if (content) await writeFile(folder(name), content)
  const told = await Promise.all(faulty.map(([name]) => jarvis({ DATA_DIR: folder('untouched') }, 'restore', folder(name))))
  for (const [index, { code, output }] of told.entries()) {
    expect({ code, lines: output.split('\n').length }).toEqual({ code: 1, lines: 1 })
    expect(output).toMatch(faulty[index]![2])
  }
  // Nobody calls a file so: what is missing is the setting.
  expect(await jarvis({ DATA_DIR: folder('untouched') }, 'restore', 'latest')).toMatchObject({
    code: 1,
    output: expect.stringContaining('BACKUP_URL: is not set') as string,
  })
  expect(existsSync(folder('untouched/postgres'))).toBe(false)
})

const filesOf = (name: string) => createBlobs(openFolder(join(folder(name), 'files')))

/** Both servers as they are before anything is in them. */
async function emptyServers(): Promise<void> {
  servers.DATABASE_URL = await copyDatabase(stack)
  await using vectors = await openVectors({ dataDir: home, url: servers.CHROMA_URL, timeoutMs: 60_000 })
  for (const name of await vectors.collections()) await vectors.drop(name)
}

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

const isDueAgain = async (app: TestApp) =>
  (await app.database.pool.query(`select from schedules where id = 'backup-again' and next_at > now()`)).rowCount === 1

/** As while another process makes a backup. */
async function holdBackups() {
  const client = await first.database.pool.connect()
  await client.query('select pg_advisory_lock($1)', [backupLock])
  const query = client.query.bind(client)
  return { query, [Symbol.asyncDispose]: async () => client.release(true) }
}

const metricsOf = async (app: TestApp) => await (await fetch(`${app.url}/metrics`)).text()

async function signIn(app: TestApp) {
  const client = app.anyone()
  const { body } = await client.post('/api/v1/auth/login?transport=body', { email: person.email, password: person.password })
  client.useToken(body.accessToken as string)
  return client
}

const jarvis = (settings: Record<string, string>, ...args: string[]) => run(settings, process.execPath, cli, ...args)

/** As our manifests start it: a root that cannot be written, a /tmp that holds little, two volumes, and no DATA_DIR. */
function jarvisInContainer(name: string, ...args: string[]) {
  const socket = new URL(servers.DATABASE_URL).searchParams.get('host')!
  const volumes = [folder(`${name}/files`), folder('backups')]
  const root = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--size', String(tmpBytes), '--tmpfs', '/tmp', '--chdir', '/']
  const program = dirname(dirname(dirname(cli)))
  // The program may itself lie in /tmp.
  const seen = [['--ro-bind', socket, socket], ['--ro-bind', program, program], ...volumes.map((path) => ['--bind', path, path])].flat()
  const settings = { ...servers, JWT_SECRET: 'x'.repeat(32), BLOBS_URL: `file:${volumes[0]}` }
  return run(settings, 'bwrap', ...root, ...seen, '--', process.execPath, cli, ...args)
}

async function run(settings: Record<string, string>, command: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...settings }
  try {
    const { stdout } = await promisify(execFile)(command, args, { env })
    return { code: 0, output: stdout.trim() }
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string }
    return { code, output: stderr.trim() }
  }
}
