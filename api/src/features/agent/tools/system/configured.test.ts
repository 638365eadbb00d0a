import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ToolContext } from '#features/agent/tool.ts'
import { toolContext } from '#features/agent/tool-context.fixture.ts'
import { openSandbox, type Sandbox } from '#ports/sandbox/index.ts'
import { configuredFolders, type Folder, makeRepository, openFolder, ranMark } from './configured.fixture.ts'
import { readGrammar, systemCommand } from './index.ts'

const reads = [
  ['git', 'status'],
  ['git', 'log', '-p', '--stat', '--all'],
  ['git', 'diff'],
  ['git', 'show', 'HEAD'],
  ['git', 'branch', '-a', '-v'],
]

/** How many of these can be answered where not all of the repository is where git keeps it. */
const notRead: Record<string, number> = {
  'a promisor remote over ext::, an object of which is missing': 3,
  'another common folder': 0,
  'a repository that stands elsewhere': 0,
  'a bare repository': 0,
}

let dataDir: string
let sandbox: Sandbox
let tool: ReturnType<typeof systemCommand>
let model: string
let people = 0

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'configured-'))
  model = await mkdtemp(join(tmpdir(), 'model-'))
  makeRepository(openFolder(model))
  sandbox = await openSandbox({ dataDir })
  tool = systemCommand(sandbox, readGrammar({ isInstalled: sandbox.has, secretFolders: [dataDir] }))
})
afterAll(() => Promise.all([dataDir, model].map((folder) => rm(folder, { recursive: true, force: true }))))

/** A person whose workspace holds what was made of a fresh repository. */
async function person(make: (folder: Folder) => void) {
  const userId = `person-${people++}`
  const context: ToolContext = { ...toolContext, caller: { userId, role: 'admin', plan: 'enterprise' } }
  const before = new Set(await readdir(join(dataDir, 'workspaces')))
  await sandbox.run({ argv: ['true'], owner: userId })
  const workspace = join(
    dataDir,
    'workspaces',
    (await readdir(join(dataDir, 'workspaces'))).find((name) => !before.has(name))!,
  )
  await cp(model, workspace, { recursive: true })
  make(openFolder(workspace))
  if (process.getuid?.() === 0) execFileSync('chown', ['-Rh', '65534:65534', workspace])
  return {
    workspace,
    run: async (argv: string[], input?: string) =>
      (await tool.execute(tool.args.parse({ argv, ...(input !== undefined && { input }) }), context)).content,
  }
}

test.each(configuredFolders)('%s starts no program under an approved command', async (name, make) => {
  const { run } = await person(make)
  const outputs = await Promise.all(reads.map((argv) => run(argv).catch((error: Error) => error.message)))
  // All but these is read as if nothing had been set: a command that was refused would show nothing.
  const succeeded = outputs.filter((output) => output.startsWith('Exit code 0.'))
  expect(succeeded).toHaveLength(notRead[name] ?? reads.length)
  for (const output of outputs) {
    expect(output).not.toContain(ranMark)
    // A run of the hostile program that nothing showed would have killed its caller.
    expect(output).not.toMatch(/Exit code 137|It was stopped|fatal: cannot run|error: cannot run/)
  }
})

test('what is known of a repository’s own settings counts', async () => {
  const { run } = await person(({ path, write, git, set }) => {
    git('config', 'core.filemode', 'false')
    chmodSync(path('a.txt'), 0o755)
    write('other.txt', 'x')
    set(['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'], ['branch.main.remote', 'origin'], ['branch.main.merge', 'refs/heads/main'])
    set(['status.showUntrackedFiles', 'no'])
    git('update-ref', 'refs/remotes/origin/main', 'HEAD~1')
  })
  expect(await run(['git', 'status', '-s', '-b'])).toBe('Exit code 0.\n\n## main...origin/main [ahead 1]\n')
  expect(await run(['git', 'diff', '--name-only'])).toBe('Exit code 0.\n\n')
})

test('a repository of another format is read as such, and one of an unknown format is refused', async () => {
  const { run } = await person(({ path, git, write }) => {
    execFileSync('rm', ['-rf', path('.git')])
    git('init', '--object-format=sha256', '-b', 'topic/é')
    write('a.txt', 'one')
    git('add', 'a.txt')
    git('commit', '-m', 'first')
  })
  expect(await run(['git', 'log', '--format=full'])).toMatch(/commit [0-9a-f]{64}/)
  expect(await run(['git', 'branch'])).toContain('* topic/é')
  const odd = await person(({ set }) => set(['core.repositoryFormatVersion', '1'], ['extensions.fromTheFuture', 'yes']))
  await expect(odd.run(['git', 'status'])).rejects.toThrow(/fromthefuture/)
})

test('where there is no repository, or one that cannot be read here, that is said', async () => {
  const none = await person(({ path }) => execFileSync('rm', ['-rf', path('.git')]))
  await expect(none.run(['git', 'status'])).rejects.toThrow(/no git repository/)
  const broken = await person(({ write }) => write('.git/config', '[core\n'))
  await expect(broken.run(['git', 'status'])).rejects.toThrow(/settings/)
})

test('a merge that is under way, tags and unborn branches are told as git tells them', async () => {
  const { run } = await person(({ write, git }) => {
    git('checkout', '-b', 'topic', 'HEAD~1')
    write('a.txt', 'other\n')
    git('commit', '-am', 'other')
    git('tag', 'v1')
    git('pack-refs', '--all')
    try {
      git('merge', 'main')
    } catch {
      // It conflicts, as it should.
    }
  })
  expect(await run(['git', 'status'])).toMatch(/unmerged paths|Unmerged paths/)
  expect(await run(['git', 'show', '--stat', 'v1'])).toContain('other')
  const unborn = await person(({ path, git }) => {
    execFileSync('rm', ['-rf', path('.git')])
    git('init', '-b', 'new')
  })
  expect(await unborn.run(['git', 'status'])).toContain('No commits yet')
})

test('jq and file read nothing of the workspace but what they are given', async () => {
  const { workspace, run } = await person(({ write }) => {
    write('.jq', 'def length: "redefined";')
    write('.magic', '0 string one redefined\n')
    write('one.bin', 'one')
  })
  expect(await run(['jq', '-n', '[1,2] | length'])).toBe('Exit code 0.\n\n2\n')
  if (sandbox.has('file')) expect(await run(['file', 'one.bin'])).not.toContain('redefined')
  await rm(join(workspace, '.jq'))
  await mkdir(join(workspace, '.jq'))
  await writeFile(join(workspace, '.jq/evil.jq'), 'def e: "included";')
  await writeFile(join(workspace, 'evil.jq'), 'def e: "included";')
  for (const filter of [
    'include "evil"; e',
    'import "evil" as x; x::e',
    'include "evil" {search: "."}; e',
    'module {};import"/workspace/evil" as x; x::e',
  ])
    await expect(run(['jq', '-n', filter])).rejects.toThrow('may not be used')
  expect(await run(['jq', '-n', '{include: "x", import: "y"} | .include + .import'])).toContain('"xy"')
})
