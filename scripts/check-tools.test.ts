import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

// That the tools of `npm run check` refuse what they are there to refuse, as they are set up here.

const root = join(import.meta.dirname, '..')
let copy: string
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'jarvis-check-'))
  const files = execFileSync('git', ['ls-files', '-z', '*.json', '*.ts', '*.tsx', '*.mjs', '.*'], { cwd: root, encoding: 'utf8' })
  for (const file of files.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(copy, file)), { recursive: true })
    await cp(join(root, file), join(copy, file))
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(() => rm(copy, { recursive: true }))

const program = (name: string) => join(root, 'node_modules/.bin', name)

/** What a tool says of one more file in this tree, and how it ends. */
async function judged(tool: string, args: string[], text: string): Promise<{ code: number; said: string }> {
  const file = 'api/src/lib/one-more.ts'
  await writeFile(join(copy, file), text)
  await writeFile(join(copy, 'tsconfig.one.json'), JSON.stringify({ extends: './tsconfig.base.json', include: [file] }))
  const command = [program(tool), ...args.map((arg) => (arg === 'FILE' ? file : arg))]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: copy, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr }),
    )
  })
}

const line = 'export const one = 1\n'

test('format', async () => {
  expect(await judged('oxfmt', ['--check', 'FILE'], line)).toMatchObject({ code: 0 })
  expect((await judged('oxfmt', ['--check', 'FILE'], 'export const one = "1";\n')).code).toBe(1)
})

const faults = {
  'typescript(no-floating-promises)': 'export function go(): void {\n  Promise.resolve()\n}',
  'typescript(no-explicit-any)': 'export const some: any = 1',
  'typescript(switch-exhaustiveness-check)':
    "export function of(kind: 'a' | 'b'): number {\n  switch (kind) {\n    case 'a':\n      return 1\n  }\n  return 2\n}",
  'import(no-default-export)': 'export default 1',
  'eslint(no-console)': 'console.log(1)',
  'eslint(no-unused-vars)': 'const two = 2',
  'eslint(max-lines)': '// Text.\n'.repeat(400),
}

test('lint', async () => {
  expect(await judged('oxlint', ['--type-aware', 'FILE'], line)).toMatchObject({ code: 0 })
  const { code, said } = await judged('oxlint', ['--type-aware', 'FILE'], `${Object.values(faults).join('\n')}\n`)
  expect(code).toBe(1)
  for (const rule of Object.keys(faults)) expect(said).toContain(rule)
})

test.each([
  [line, 0, ''],
  ["export const one: number = '1'\n", 1, 'TS2322'],
  // An item that may not be there.
  ['export const one: number = [1][0]\n', 1, 'TS2322'],
  ['export enum One {\n  two,\n}\n', 1, 'TS1294'],
] as const)('types: %j', async (text, code, reason) => {
  const judgement = await judged('tsc', ['-p', 'tsconfig.one.json'], text)
  expect(judgement).toMatchObject({ code, said: expect.stringContaining(reason) })
})

test('dead code: a file that nobody imports', async () => {
  const { code, said } = await judged('knip', [], line)
  expect(said).toMatch(/Unused files[^]*api\/src\/lib\/one-more\.ts/)
  expect(code).toBe(1)
})
