import { Readable } from 'node:stream'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { mcpTools } from '#ports/database/tables.ts'
import { copyDatabase, startTestApp, type TestApp } from './test-app.ts'

const cli = join(import.meta.dirname, '../src/cli.ts')
const stack = new AsyncDisposableStack()
const ada = { email: 'ada@example.org', password: 'correct horse battery', name: 'Ada \u001b[31mRed' }

let app: TestApp
let used: Record<string, string>
let unused: Record<string, string>

beforeAll(async () => {
  app = stack.use(await startTestApp())
  used = { DATABASE_URL: app.settings.DATABASE_URL, DATA_DIR: app.dataDir }
  const folder = await mkdtemp(join(tmpdir(), 'operator-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  unused = { DATABASE_URL: await copyDatabase(stack), DATA_DIR: folder }
  const person = await app.signUp(ada)
  await person.ask(await person.newConversation(), 'Hello')
  for (const email of ['bob@example.org', 'eve@example.org']) await app.signUp({ email, name: 'Somebody' })
  const told = (name: string, approved: string | null) => ({ server: 'files', name, told: 'f1', approved, description: `Reads \u0007${name}` })
  await app.database.db
    .insert(mcpTools)
    .values([told('read', 'f1'), told('a.b', null), { ...told('sing', 'f1'), leftOut: 'inputSchema: Invalid\u0007 input' }])
})
afterAll(() => stack.disposeAsync())

const state = { runs: 0 }

/** The command's own file from its first line to its last, in this process: a child for each would take a second to load. */
async function jarvis(settings: Record<string, string>, input: string, ...args: string[]) {
  const said = { out: [] as string[], error: [] as string[] }
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((line) => void said.out.push(String(line))),
    vi.spyOn(console, 'error').mockImplementation((line) => void said.error.push(String(line))),
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => said.out.push(String(line)) > 0),
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => said.error.push(String(line)) > 0),
    vi.spyOn(process, 'stdin', 'get').mockImplementation(() => Readable.from([input]) as typeof process.stdin),
  ]
  const before = { argv: process.argv, env: process.env, exitCode: process.exitCode }
  process.argv = ['node', cli, ...args]
  process.env = { PATH: process.env.PATH, LOG_LEVEL: 'silent', CHROMA_URL: inject('chromaUrl'), ...settings }
  process.exitCode = 0
  try {
    await import(/* @vite-ignore */ `${cli}?run=${state.runs++}`)
    return { code: process.exitCode, out: said.out.join('\n').trim(), error: said.error.join('\n').trim() }
  } finally {
    for (const spy of spies) spy.mockRestore()
    Object.assign(process, before)
  }
}

type Answer = { code: number; out?: RegExp; error?: RegExp }
const cases: [command: string, input: string, withData: Answer, withNone: Answer][] = [
  [
    'user list',
    '',
    { code: 0, out: /^ada@example\.org {2}admin {2}free {2}active {2}[\d-]{10} {2}Ada {2}\[31mRed\n[^]*\neve@/ },
    { code: 0, out: /^There are no accounts/ },
  ],
  ['user list BOB', '', { code: 0, out: /^bob@example\.org {2}user .*$/ }, { code: 0, out: /^Nobody/ }],
  ['user list %', '', { code: 0, out: /^Nobody/ }, { code: 0, out: /^Nobody/ }],
  ['user promote bob@example.org enterprise', '', { code: 0, out: /role enterprise/ }, { code: 1, error: /There is no user/ }],
  ['user plan bob@example.org pro', '', { code: 0, out: /plan pro/ }, { code: 1, error: /There is no user/ }],
  [
    'user plan bob@example.org gold',
    '',
    { code: 1, error: /one of free, pro, enterprise is/ },
    { code: 1, error: /one of free, pro, enterprise is/ },
  ],
  ['user disable ada@example.org', '', { code: 1, error: /only active administrator/ }, { code: 1, error: /There is no user/ }],
  ['user enable eve@example.org', '', { code: 0, out: /role user/ }, { code: 1, error: /There is no user/ }],
  ['user password nobody@example.org', 'a new password\n', { code: 1, error: /There is no user/ }, { code: 1, error: /There is no user/ }],
  ['user password eve@example.org', 'short\n', { code: 1, error: /not valid/ }, { code: 1, error: /There is no user/ }],
  ['user password eve@example.org', 'somebody 1\n', { code: 1, error: /your own name/ }, { code: 1, error: /There is no user/ }],
  ['user password eve@example.org --link', '', { code: 0, out: /\/reset-password#token=[\w-]{43}$/ }, { code: 1, error: /There is no user/ }],
  ['user reset-factors eve@example.org', '', { code: 0, out: /by the password alone/ }, { code: 1, error: /There is no user/ }],
  ['user delete eve@example.org', 'no\n', { code: 1, error: /Nothing was erased/ }, { code: 1, error: /There is no user/ }],
  ['user delete eve@example.org', '', { code: 1, error: /Nothing came on standard input/ }, { code: 1, error: /There is no user/ }],
  ['user delete ada@example.org --yes', '', { code: 1, error: /only active administrator/ }, { code: 1, error: /There is no user/ }],
  ['migrate', '', { code: 0, out: /up to date/ }, { code: 0, out: /up to date/ }],
  ['audit verify', '', { code: 0, out: /sound: [1-9]\d* rows/ }, { code: 0, out: /sound: 0 rows/ }],
  // After the audit, which has no row yet where there is no data.
  [
    'user invite new@example.org --role enterprise --plan pro --days 3',
    '',
    { code: 0, out: /invited as enterprise, plan pro, for 3 days\.\nHand this link[^]*\/sign-up#invitation=[\w-]{43}$/ },
    { code: 0, out: /#invitation=/ },
  ],
  ['user invite eve@example.org --plan gold', '', { code: 1, error: /one of free, pro, enterprise/ }, { code: 1, error: /one of free, pro/ }],
  ['user invite bob@example.org', '', { code: 1, error: /Another account/ }, { code: 0, out: /#invitation=/ }],
  ['ledger verify', '', { code: 0, out: /^[1-9]\d* entries[^]*balances/ }, { code: 0, out: /^0 entries[^]*balances/ }],
  ['billing reconcile', '', { code: 1, error: /^Billing is off/ }, { code: 1, error: /^Billing is off/ }],
  [
    'mcp list',
    '',
    {
      code: 0,
      out: /^files__a_b_[0-9a-f]{8} {2}f1 {2}WAITS FOR APPROVAL {2}\(its server calls it "a\.b"\)\n {4}Reads {2}a\.b\nfiles__read {2}f1 {2}approved\n {4}Reads {2}read\nfiles__sing {2}LEFT OUT\n {4}inputSchema: Invalid {2}input$/,
    },
    { code: 0, out: /^No MCP server/ },
  ],
  ['mcp approve files__sing f1', '', { code: 1, error: /cannot be offered as its server lists it: inputSchema/ }, { code: 1, error: /There is no/ }],
  ['mcp approve files__read f2', '', { code: 1, error: /files__read/ }, { code: 1, error: /There is no MCP tool/ }],
  ['score guard', '{"id":"1","text":"Hello","channel":"user"}\n', { code: 0, out: /"action":"allow"/ }, { code: 0, out: /"id":"1"/ }],
  [
    'score guard',
    '{"id":"1","text":"a\u2028b\u2029c","channel":"user"}\r\n{"id":"2","text":"\u0085","channel":"user"}',
    { code: 0, out: /"id":"2"/ },
    { code: 0, out: /^{"id":"1"/ },
  ],
  [
    'score router',
    '{"id":"1","prompt":"Hi"}\n{"id":2,"prompt":"Prove that if n is odd then n^2 = 1 mod 8."}',
    { code: 0, out: /^{"id":"1","score":0\.\d+}/ },
    { code: 0, out: /{"id":2,"score":0\.\d+}$/ },
  ],
  ['score router', '{"id":"1"}', { code: 1, error: /line 1: prompt/ }, { code: 1, error: /line 1: prompt/ }],
  ['score guard', '', { code: 0 }, { code: 0 }],
]

test.each(cases)('jarvis %s with %j answers with data in the store and with none', async (command, input, ...wanted) => {
  const answers = [await jarvis(used, input, ...command.split(' ')), await jarvis(unused, input, ...command.split(' '))]
  for (const [index, { code, out, error }] of answers.entries()) {
    const { code: wantedCode, out: wantedOut = /^$/, error: wantedError = /./ } = wanted[index]!
    expect({ code, out }).toEqual({ code: wantedCode, out: expect.stringMatching(wantedOut) as string })
    expect(error === '' || code === 1 ? error || 'nothing' : error.split('\n').at(-1)).toMatch(wantedError)
    expect(error).not.toMatch(/^ {4}at /m)
  }
})

test('a tool with an awkward name is approved by the name that it has here, and what an operator does is audited', async () => {
  const listed = await jarvis(used, '', 'mcp', 'list')
  const name = /^files__a_b_\w+/.exec(listed.out)![0]
  expect(await jarvis(used, '', 'mcp', 'approve', name, 'f1')).toMatchObject({ code: 0 })
  expect((await app.auditRows()).map(({ action, target }) => [action, target])).toContainEqual(['mcp.tool_approved', name])
})

test('a new password signs out everywhere, and an erased account is gone; both are in the audit', async () => {
  const { client, id } = await signedUp('frank@example.org')
  expect(await jarvis(used, 'another good password\n', 'user', 'password', 'frank@example.org')).toMatchObject({ code: 0 })
  expect((await client.get('/api/v1/me')).status).toBe(401)
  const login = (password: string) => app.anyone().post('/api/v1/auth/login', { email: 'frank@example.org', password })
  expect((await login(ada.password)).status).toBe(401)
  expect((await login('another good password')).status).toBe(200)
  expect(await jarvis(used, 'frank@example.org\n', 'user', 'delete', 'frank@example.org')).toMatchObject({
    code: 0,
    out: 'frank@example.org is erased.',
  })
  expect((await login('another good password')).status).toBe(401)
  const rows = (await app.auditRows()).filter(({ target }) => target === id)
  expect(rows.map(({ action, details }) => [action, details])).toEqual([
    ['password.changed', { source: 'operator' }],
    ['user.erased', { source: 'operator' }],
  ])
})

test('an account that is made for somebody can sign in', async () => {
  const made = await jarvis(unused, 'correct horse battery\n', 'user', 'create', 'grace@example.org', 'Grace', '--role', 'admin')
  expect(made).toMatchObject({ code: 0, out: 'Created grace@example.org (admin).' })
  expect(await jarvis(unused, 'correct horse battery\n', 'user', 'create', 'grace@example.org', 'Grace')).toMatchObject({ code: 1, error: /already/ })
  expect((await jarvis(unused, '', 'user', 'list')).out).toMatch(/^grace@example\.org {2}admin/)
})

async function signedUp(email: string) {
  const client = await app.signUp({ email, password: ada.password, name: 'Frank' })
  return { client, id: client.user.id }
}
