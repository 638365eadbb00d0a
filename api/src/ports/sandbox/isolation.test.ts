import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { sandboxArguments } from './bubblewrap.ts'
import { createIsolation, type Isolation, listProcesses } from './index.ts'
import { runBubblewrap } from './run-bubblewrap.ts'

const program = fileURLToPath(new URL('./nosy.fixture.ts', import.meta.url))
const mark = `nosy-${process.pid}`
let folder: string
let secret: string
let connections = 0
const server = createServer(() => connections++)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isolation-'))
  secret = join(folder, 'secret')
  await writeFile(secret, 'canary')
  process.env.JARVIS_CANARY = 'canary'
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const lines: string[] = []
const log = createLog('warn', { write: (line) => void lines.push(line) })
const isolated = createIsolation({ log })
const limited = createIsolation({ log, findFault: async () => 'bubblewrap is not installed' })

const run = (isolation: Isolation, wish = '', more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  isolation.run({
    program,
    args: [String((server.address() as AddressInfo).port), secret, mark],
    input: Buffer.from(wish),
    timeoutMs: 60_000,
    cpuSecondsMax: 60,
    heapMegabytesMax: 64,
    dataBytesMax: 1024 * 1024 * 1024,
    outputBytesMax: 1024 * 1024,
    signal: new AbortController().signal,
    ...more,
  })

async function marked(): Promise<string[]> {
  const lines = await Promise.all((await listProcesses()).map(({ id }) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(mark))
}

const nothingSeen = {
  own: 'true',
  secret: 'ERR_ACCESS_DENIED',
  passwd: 'ERR_ACCESS_DENIED',
  processes: 'ERR_ACCESS_DENIED',
  written: 'ERR_ACCESS_DENIED',
}

test('a reader that looks around reaches no network, reads its own files alone, writes nothing, and has no environment of ours', async () => {
  const { reached, environment, ...seen } = JSON.parse((await run(isolated))!.toString()) as Record<string, unknown>
  expect(seen).toEqual(nothingSeen)
  expect(environment).toEqual(['HOME', 'LANG', 'PATH', 'PWD'])
  expect([reached, connections]).toEqual(['ECONNREFUSED', 0])
  expect(lines).toEqual([])
})

test('one that took its process over sees no more', async () => {
  const argv = [
    'bash',
    '-c',
    `ls -a /; cat ${secret} /etc/passwd; echo x >/dev/tcp/127.0.0.1/${(server.address() as AddressInfo).port}; touch ${program}`,
  ]
  const args = await sandboxArguments({ argv, limits: ['--core=0'], folders: { [dirname(program)]: dirname(program) } })
  const { all } = await runBubblewrap(args, { outputBytesMax: 65_536, stop: AbortSignal.timeout(60_000) })
  const told = Buffer.from(all).toString()
  expect(told).not.toMatch(/canary|root:/)
  expect(told).toMatch(/Read-only file system|Permission denied/)
  expect(told.split('\n')).not.toContain('etc')
  expect(connections).toBe(0)
})

test('without bubblewrap it has the same limits but for the network, and the log says so once', async () => {
  const { reached, environment, ...seen } = JSON.parse((await run(limited))!.toString()) as Record<string, unknown>
  expect(seen).toEqual(nothingSeen)
  expect(environment).toEqual(['LANG'])
  expect(reached).toBe('connected')
  await run(limited)
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', reason: 'bubblewrap is not installed' })
})

test.each([
  ['in bubblewrap', isolated],
  ['without it', limited],
])('%s a reader that never ends, fills its memory or says too much is killed, and nothing of it is left', async (_name, isolation) => {
  const ends = await Promise.all([run(isolation, 'loop', { timeoutMs: 2000 }), run(isolation, 'grow'), run(isolation, 'flood')])
  expect(ends).toEqual([null, null, null])
  const stop = new AbortController()
  const running = expect(run(isolation, 'loop', { signal: stop.signal })).rejects.toThrow('stopped')
  await expect.poll(marked).not.toEqual([])
  stop.abort(new Error('stopped'))
  await running
  await expect.poll(marked).toEqual([])
})
