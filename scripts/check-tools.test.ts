import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

// What `npm run check` asks of tools by others, with the settings of this repository: each has to fail on what it is there for.

const root = join(import.meta.dirname, '..')
const path = `${dirname(process.execPath)}:${process.env.PATH}`

async function run(stack: AsyncDisposableStack, tool: string, args: string[], files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-check-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return await new Promise<{ failed: boolean; said: string }>((resolve) =>
    execFile(join(root, 'node_modules/.bin', tool), args, { cwd: folder, env: { ...process.env, PATH: path } }, (error, out, err) =>
      resolve({ failed: error !== null, said: out + err }),
    ),
  )
}

const compilerOptions = { extends: join(root, 'tsconfig.base.json'), include: ['*.ts'] }
const project = { 'tsconfig.json': JSON.stringify(compilerOptions) }
const lint = ['-c', join(root, '.oxlintrc.json')]
const lines = (count: number) => Array.from({ length: count }, (_, at) => `export const value${at} = ${at}\n`).join('')
const promises = 'async function act(): Promise<void> {}\nexport const start = () => {\n  act()\n}\n'

test.each<[what: string, tool: string, args: string[], bad: Record<string, string>, good: Record<string, string>, told: RegExp]>([
  ['a file of 401 lines', 'oxlint', lint, { 'a.ts': lines(401) }, { 'a.ts': lines(400) }, /max-lines/],
  [
    'a value of any type',
    'oxlint',
    lint,
    { 'a.ts': 'export const a = (b: any) => b\n' },
    { 'a.ts': 'export const a = (b: string) => b\n' },
    /no-explicit-any/,
  ],
  [
    'a promise that nobody waits for',
    'oxlint',
    [...lint, '--type-aware'],
    { ...project, 'a.ts': promises },
    { ...project, 'a.ts': promises.replace('  act()', '  void act()') },
    /no-floating-promises/,
  ],
  [
    'a format of one’s own',
    'oxfmt',
    ['-c', join(root, '.oxfmtrc.json'), '--check', 'a.ts'],
    { 'a.ts': 'export const a = "b";\n' },
    { 'a.ts': "export const a = 'b'\n" },
    /a\.ts/,
  ],
  [
    'a wrong type',
    'tsc',
    ['-p', '.'],
    { ...project, 'a.ts': "export const a: number = 'b'\n" },
    { ...project, 'a.ts': 'export const a: number = 1\n' },
    /TS2322/,
  ],
  [
    'a file and an export that nobody uses',
    'knip',
    ['--no-progress'],
    {
      'package.json': '{"name":"x","main":"index.ts"}',
      'index.ts': "import './a.ts'\n",
      'a.ts': 'export const b = 1\n',
      'c.ts': 'export const d = 1\n',
    },
    { 'package.json': '{"name":"x","main":"index.ts"}', 'index.ts': "import { b } from './a.ts'\nb()\n", 'a.ts': 'export const b = () => 1\n' },
    /Unused files[\s\S]*c\.ts[\s\S]*Unused exports[\s\S]*b/,
  ],
])('%s fails, and what is right passes', async (_what, tool, args, bad, good, told) => {
  await using stack = new AsyncDisposableStack()
  const found = await run(stack, tool, args, bad)
  expect(found).toMatchObject({ failed: true, said: expect.stringMatching(told) })
  expect(await run(stack, tool, args, good)).toMatchObject({ failed: false })
})
