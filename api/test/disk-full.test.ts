import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '#config.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import { startPostgres } from './engines/postgres.ts'
import { startTestApp } from './test-app.ts'

const disk = mkdtempSync(join(tmpdir(), 'jarvis-disk-'))
const isMounted = mountSmallDisk()
afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', disk])
  rmSync(disk, { recursive: true, force: true })
})

function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=755', 'tmpfs', disk], { stdio: 'pipe' })
    return true
  } catch (error) {
    process.stderr.write(`skipped: a small disk cannot be mounted here (${(error as Error).message.trim()})\n`)
    return false
  }
}

/** Takes all the room that is left, and gives it back. */
function fill(): () => void {
  const file = join(disk, 'filler')
  const to = openSync(file, 'w')
  for (let bytes = 1024 * 1024; bytes >= 512;) {
    try {
      if (writeSync(to, Buffer.alloc(bytes)) < bytes) bytes /= 2
    } catch {
      bytes /= 2
    }
  }
  closeSync(to)
  return () => rmSync(file)
}

test.skipIf(!isMounted)(
  'on a full disk what would be stored is refused as storage_full, readiness says so, and all works with room again',
  async () => {
    await using postgres = await startPostgres(disk)
    const { host, user, database } = postgres.connection
    await using app = await startTestApp({ DATABASE_URL: `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}` })
    const person = await app.signUp()
    await app.database.pool.query(`update users set plan = 'enterprise'`)
    const conversation = await person.newConversation()
    const send = (bytes: number) =>
      person.post(`/api/v1/conversations/${conversation}/messages`, {
        messageId: crypto.randomUUID(),
        content: `remember ${randomBytes(bytes).toString('base64')}`,
      })
    expect((await send(10)).status).toBe(202)

    const makeRoom = fill()
    // What there is of free pages in the tables is used up first.
    const answers = []
    while (answers.length < 50 && (answers.at(-1)?.status ?? 202) === 202) answers.push(await send(9000))
    expect(answers.at(-1)).toMatchObject({ status: 507, body: { code: 'storage_full' } })
    expect(await app.anyone().get('/readyz')).toMatchObject({ status: 503, body: { engines: { database: 'down' } } })
    expect((await person.get('/api/v1/me')).status).toBe(200)

    makeRoom()
    await expect.poll(async () => (await app.anyone().get('/readyz')).status).toBe(200)
    expect((await send(9000)).status).toBe(202)
  },
)

test.skipIf(!isMounted)('on a full disk no half a secret is left behind', () => {
  const dataDir = join(disk, 'data')
  mkdirSync(dataDir)
  const makeRoom = fill()
  expect(() => readConfig({ DATA_DIR: dataDir })).toThrow(/DATA_DIR: cannot write .*jwt-secret \(ENOSPC\)/)
  expect(existsSync(join(dataDir, 'jwt-secret'))).toBe(false)
  makeRoom()
  expect(readConfig({ DATA_DIR: dataDir }).jwtSecret.length).toBeGreaterThan(32)
})

test.skipIf(!isMounted)('on a full disk the memory index says so, still answers, and takes more with room again', async () => {
  await using vectors = await openVectors({ dataDir: disk })
  const items = (count: number) =>
    Array.from({ length: count }, () => ({ id: crypto.randomUUID(), vector: [Math.random(), 1], text: 'x'.repeat(2000), owner: 'ada', metadata: {} }))
  await vectors.upsert('memory', items(3))
  const makeRoom = fill()
  await expect(vectors.upsert('memory', items(200))).rejects.toMatchObject({ code: 'storage_full' })
  expect(await vectors.query('memory', 'ada', [1, 1], 3)).toHaveLength(3)
  makeRoom()
  await vectors.upsert('memory', items(3))
})
