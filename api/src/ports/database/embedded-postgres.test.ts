import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { commandLine } from '#ports/children/process-id.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './embedded-postgres.ts'

let home: string
let dataDir: string

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'jarvis-pg-')))
  dataDir = join(home, 'data')
})

afterEach(async () => {
  await rm(home, { recursive: true, force: true })
})

test('the second start keeps what the first one stored', async () => {
  await use(async (postgres) => query(postgres, `create table notes as select 'kept' as text`))
  // Opened while the old server is still dying, the first query may meet its end.
  await use(async (postgres) => await expect.poll(() => query(postgres, 'select text from notes')).toEqual([{ text: 'kept' }]))
})

test('a server is stopped with the last of those who opened it', async () => {
  const first = await openEmbeddedPostgres({ dataDir })
  const second = await openEmbeddedPostgres({ dataDir })
  const pid = await serverPid()
  await first[Symbol.asyncDispose]()
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }])
  await second[Symbol.asyncDispose]()
  expect(commandLine(pid)).toBeUndefined()
})

test('a server whose Node was killed is adopted with its data, and stopped by the adopter', async () => {
  const child = await openInChild({})
  const pid = await serverPid()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(commandLine(pid)).toBeDefined()

  await use(async (postgres) => {
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await serverPid()).toBe(pid)
  })
  expect(commandLine(pid)).toBeUndefined()
})

test('a kill of everything in the middle of a write loses nothing that was committed', async () => {
  const child = await openInChild({})
  const { host } = await use(async (postgres) => {
    await query(postgres, `create table notes as select 'kept' as text`)
    return postgres.connection
  })
  expect(host).toBe(join(dataDir, 'postgres', 'socket'))
  const pid = await serverPid()
  child.kill('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await once(child, 'exit')
  // Its backends may still be dying when the next one is opened.
  await use(async (postgres) => await expect.poll(() => query(postgres, 'select text from notes')).toEqual([{ text: 'kept' }]))
})

test('a server that dies while it is being opened is waited for', async () => {
  const child = await openInChild({})
  const pid = await serverPid()
  const socket = join(dataDir, 'postgres', 'socket', '.s.PGSQL.5432')
  const connections = async () => (await readFile('/proc/net/unix', 'utf8')).split('\n').filter((line) => line.endsWith(socket)).length - 1
  await expect.poll(connections).toBe(0)
  // Adopted, and connected to, but it answers no more.
  process.kill(pid, 'SIGSTOP')
  const opening = openEmbeddedPostgres({ dataDir })
  opening.catch(() => undefined)
  await expect.poll(connections).toBe(1)
  child.kill('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await using postgres = await opening
  expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a pid file left by a crash does not stop the start, even when its number is a living process', async () => {
  await use(async () => {})
  await writeFile(join(dataDir, 'postgres/data/postmaster.pid'), `${process.pid}\n${join(dataDir, 'postgres/data')}\n`)
  await use(async (postgres) => expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]))
})

test('a first start that was killed halfway is made again from the beginning', async () => {
  await mkdir(join(dataDir, 'postgres', 'new-half', 'base'), { recursive: true })
  await use(async (postgres) => expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]))
})

test('a server that dies is started again', async () => {
  await use(async (postgres) => {
    process.kill(await serverPid(), 'SIGKILL')
    await expect.poll(() => query(postgres, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

test('two data folders have two servers', async () => {
  await use(async (first) => {
    await using second = await openEmbeddedPostgres({ dataDir: join(home, 'other') })
    await query(first, 'create table only_here ()')
    expect(await query(second, `select to_regclass('only_here') as found`)).toEqual([{ found: null }])
  })
})

test('a path too long for a socket works', async () => {
  dataDir = join(home, 'x'.repeat(120))
  await use(async (postgres) => {
    expect(Buffer.byteLength(`${postgres.connection.host}/.s.PGSQL.5432`)).toBeLessThanOrEqual(107)
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }])
    await rm(postgres.connection.host, { recursive: true })
  })
})

test('PGPORT and its like in our environment change nothing', async () => {
  vi.stubEnv('PGPORT', '6000').stubEnv('PGDATABASE', 'nope').stubEnv('PGSSLMODE', 'require')
  await use(async (postgres) => expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]))
  vi.unstubAllEnvs()
})

test('a data folder that cannot be made is told in one sentence', async () => {
  await writeFile(join(home, 'file'), '')
  await expect(openEmbeddedPostgres({ dataDir: join(home, 'file', 'data') })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('DATA_DIR') as string,
  })
})

test.runIf(process.getuid?.() === 0)('an ordinary user starts it as itself, and root gives it to another', async () => {
  await chown(home, 12_345, 12_345)
  const child = await openInChild({ uid: 12_345, gid: 12_345 })
  expect(await uidOf(await serverPid())).toBe(12_345)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await use(async (postgres) => {
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await uidOf(await serverPid())).toBe(12_345)
  })
})

test.runIf(process.getuid?.() === 0)('root runs it in a folder that only root may enter', async () => {
  dataDir = join(home, 'closed', 'data')
  await mkdir(join(home, 'closed'), { mode: 0o700 })
  await use(async (postgres) => expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]))
})

async function use<T>(work: (postgres: EmbeddedPostgres) => Promise<T>): Promise<T> {
  await using postgres = await openEmbeddedPostgres({ dataDir })
  return await work(postgres)
}

async function query({ connection }: EmbeddedPostgres, text: string): Promise<unknown[]> {
  const client = new Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

async function serverPid(): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8'), 10)
}

async function uidOf(pid: number): Promise<number> {
  return Number(/^Uid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** A process of its own that has opened the database and then only waits. */
async function openInChild(ids: { uid?: number; gid?: number }) {
  const program = `
    const { openEmbeddedPostgres } = await import(${JSON.stringify(new URL('embedded-postgres.ts', import.meta.url))})
    await openEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    process.stdout.write('open')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { ...ids, stdio: ['ignore', 'pipe', 'ignore'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('The child ended early')))])
  return child
}
