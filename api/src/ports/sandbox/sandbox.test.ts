import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listProcesses, openSandbox, type Sandbox, type SandboxRequest } from './index.ts'

let dataDir: string
let sandbox: Sandbox
let workspace: string
const canary = 'canary-5f1c9e'

beforeAll(async () => {
  process.env.JARVIS_CANARY = canary
  dataDir = await mkdtemp(join(tmpdir(), 'sandbox-'))
  await writeFile(join(dataDir, 'secret'), canary)
  sandbox = await openSandbox({ dataDir })
  await sandbox.run({ argv: ['true'], owner: 'ada' })
  workspace = join(dataDir, 'workspaces', (await readdir(join(dataDir, 'workspaces')))[0]!)
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** What the sandbox must withstand although no grammar stands in front: a shell. */
async function shell(script: string, request: Partial<SandboxRequest> = {}) {
  const result = await sandbox.run({ argv: ['bash', '-c', script], owner: 'ada', ...request })
  return { ...result, text: result.output.toString() }
}

/** The processes of this machine that carry a mark in their arguments. */
async function marked(mark: string): Promise<string[]> {
  const lines = await Promise.all((await listProcesses()).map(({ id }) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(mark))
}

test('a command sees its workspace, the programs of the system and nothing else of this machine', async () => {
  const { text } = await shell(`ls -a /; ls /home /root /etc /sys /var /usr/local ${dataDir} /tmp; cat /etc/passwd ${dataDir}/secret; ls -R /dev`)
  expect(text).toMatch(/^\.\n\.\.\nbin\ndev\nlib\n(lib64\n)?proc\ntmp\nusr\nworkspace\n/)
  expect(text).not.toContain(canary)
  expect(text).not.toContain('root:')
  for (const folder of ['/home', '/root', '/etc', '/sys', '/var', '/usr/local', dataDir]) expect(text).toContain(`cannot access '${folder}'`)
  expect(text).not.toMatch(/\b(vda|sda|mem|kmsg)\b/)
})

test('none of our environment reaches a command, by no way', async () => {
  const { text } = await shell('env; cat /proc/*/environ | tr "\\0" "\\n"; cat /proc/1/cmdline')
  expect(text).not.toContain(canary)
  expect(
    text
      .split('\n')
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => line.split('=')[0]),
  ).toEqual(expect.arrayContaining(['HOME', 'LANG', 'PATH']))
})

test('there is no network: not the web, not this machine, not an abstract socket', async () => {
  let connections = 0
  const tcp = createServer(() => connections++).listen(0, '127.0.0.1')
  const abstract = createServer(() => connections++).listen('\0sandbox-test')
  await Promise.all([once(tcp, 'listening'), once(abstract, 'listening')])
  const { port } = tcp.address() as { port: number }
  const perl = `perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0); print connect(S, pack("Sa*", AF_UNIX, "\\0sandbox-test")) ? "connected" : "refused"'`
  const { text } = await shell(`echo x >/dev/tcp/127.0.0.1/${port}; echo x >/dev/tcp/1.1.1.1/80; ${perl}; cat /proc/net/dev`)
  expect(text).not.toMatch(/^ *(eth|ens|wl)/m)
  expect(text).toContain('refused')
  expect(connections).toBe(0)
  tcp.close()
  abstract.close()
})

test('nobody runs it, without a capability, and it cannot become anybody else', async () => {
  const { text } = await shell(
    'id -u; id -G; grep -E "^(Cap...|NoNewPrivs)" /proc/self/status; unshare -Ur id -u; unshare -m true; mount -t tmpfs x /tmp',
  )
  expect(text).toMatch(/^65534\n65534\n/)
  expect(text.match(/^Cap\w+:\t0{16}$/gm)).toHaveLength(5)
  expect(text).toContain('NoNewPrivs:\t1')
  expect(text).not.toMatch(/^0$/m)
})

test('a read-only workspace cannot be changed, and neither can anything else', async () => {
  const { text } = await shell('touch /workspace/a /x /usr/bin/x /dev/shm/x /proc/sys/kernel/hostname 2>&1; echo y > /proc/sys/kernel/core_pattern')
  expect(text.match(/Read-only file system|Permission denied|No such file/g)!.length).toBeGreaterThanOrEqual(5)
  expect(await readdir(workspace)).toEqual([])
})

test('what one person writes no other person sees', async () => {
  await shell(`echo ${canary} > /workspace/note`, { writes: true })
  expect((await shell('cat /workspace/note')).text).toContain(canary)
  expect((await shell('find / -name note; cat /workspace/note', { owner: 'eve' })).text).not.toContain(canary)
  await sandbox.remove('ada')
  expect((await shell('ls /workspace')).text).toBe('')
})

test('a timeout ends the whole process tree, also what left its session', async () => {
  const mark = `6${process.pid}.25`
  const result = await shell(`trap '' TERM INT HUP; setsid sleep ${mark} & (sleep ${mark} &) ; sleep ${mark}`, { timeoutMs: 500 })
  expect(result).toMatchObject({ timedOut: true, exitCode: null })
  expect(await marked(mark)).toEqual([])
})

test('a cancelled command ends at once, with all that it started', async () => {
  const mark = `7${process.pid}.25`
  const stop = new AbortController()
  const running = shell(`sleep ${mark} & sleep ${mark}`, { signal: stop.signal })
  while ((await marked(mark)).length === 0) await new Promise(setImmediate)
  stop.abort(new Error('stopped'))
  await expect(running).rejects.toThrow('stopped')
  expect(await marked(mark)).toEqual([])
})

test('whenever it is cancelled, also while the sandbox is still being made, nothing is left', async () => {
  const mark = `9${process.pid}.25`
  for (let delayMs = 0; delayMs < 40; delayMs += 2) {
    await expect(shell(`sleep ${mark}`, { signal: AbortSignal.timeout(delayMs) })).rejects.toThrow('timeout')
  }
  expect(await marked(mark)).toEqual([])
})

test('a fork bomb reaches its limit of processes and dies with its sandbox', async () => {
  const mark = `8${process.pid}.25`
  const running = shell(`for i in $(seq 500); do sleep ${mark} & done; wait`, { timeoutMs: 2000 })
  let most = 0
  let ended = false
  void running.finally(() => (ended = true))
  while (!ended) most = Math.max(most, (await marked(`sleep\0${mark}`)).length)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(64)
  expect(await marked(mark)).toEqual([])
})

test('memory, file size and output are limited', async () => {
  expect((await shell(`perl -e '$x = "a" x 2_000_000_000; print "grew"'`)).text).not.toContain('grew')
  const large = await shell('head -c 50000000 /dev/zero > /workspace/big; stat -c %s /workspace/big', { writes: true })
  expect(Number(/^(\d+)$/m.exec(large.text)?.[1])).toBeLessThanOrEqual(16 * 1024 * 1024)
  const loud = await shell('cat /dev/zero')
  expect(loud.cut).toBe(true)
  expect(loud.output.length).toBeLessThanOrEqual(128 * 1024)
  await sandbox.remove('ada')
})

test('a full workspace takes no more', async () => {
  await shell('for i in $(seq 17); do head -c 16000000 /dev/zero > /workspace/$i; done', { writes: true })
  await expect(shell('true', { writes: true })).rejects.toMatchObject({ code: 'conflict' })
  expect((await shell('echo still readable')).text).toContain('still readable')
  await sandbox.remove('ada')
})

test('a link that leads out of the workspace is told from one that stays inside', async () => {
  await sandbox.run({ argv: ['true'], owner: 'ada' })
  await writeFile(join(workspace, 'own'), 'mine')
  await symlink('own', join(workspace, 'inside'))
  await symlink('/etc/passwd', join(workspace, 'outside'))
  await symlink('/', join(workspace, 'root'))
  expect(await Promise.all(['own', 'inside', '.', 'missing'].map((path) => sandbox.contains('ada', path)))).toEqual([true, true, true, true])
  expect(await Promise.all(['outside', 'root', 'root/etc/passwd', '..'].map((path) => sandbox.contains('ada', path)))).toEqual([
    false,
    false,
    false,
    false,
  ])
  expect((await shell('cat outside; cat root/etc/passwd')).text).not.toContain('root:')
})

test('the list of processes names them and nothing that could hold a secret', async () => {
  const own = (await listProcesses()).find(({ id }) => id === process.pid)!
  expect(own).toMatchObject({ name: expect.any(String), cpuSeconds: expect.any(Number) })
  expect(own.residentBytes).toBeGreaterThan(10_000_000)
  expect(Object.keys(own)).toEqual(['id', 'name', 'state', 'cpuSeconds', 'residentBytes'])
})
