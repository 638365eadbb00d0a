import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Script, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { textOf } from './client.ts'
import { approve, deny, interruptsIn } from './probe-tools.ts'
import { startTestApp } from './test-app.ts'

let cleanups: AsyncDisposableStack
beforeEach(() => void (cleanups = new AsyncDisposableStack()))
afterEach(() => cleanups.disposeAsync())

/** A model that runs the command after "run: ", then tells what came of it. */
const operator: Script = ({ body }) => {
  const messages = body.messages as { role: string; content: string }[]
  if (messages.at(-1)!.role === 'tool') return { text: `It said: ${messages.at(-1)!.content}` }
  const args = JSON.parse(messages.at(-1)!.content.replace('run: ', '')) as object
  return { toolCalls: [{ id: `call_${messages.length}`, name: 'system_command', arguments: args }] }
}

async function startApp(settings: Record<string, string> = {}) {
  const model = await startScriptedModel(operator)
  cleanups.defer(() => model.close())
  const app = cleanups.use(await startTestApp({ SYSTEM_TOOL: 'safe', OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url, ...settings }))
  const person = await app.signUp()
  await app.accounts.setPlan(person.user.id, 'enterprise', 'test')
  return { app, person }
}

type Person = Awaited<ReturnType<typeof startApp>>['person']

async function ask(person: Person, args: object, conversation?: string) {
  const conversationId = conversation ?? (await person.newConversation())
  const sent = await person.post(`/api/v1/conversations/${conversationId}/messages`, {
    messageId: crypto.randomUUID(),
    content: `run: ${JSON.stringify(args)}`,
  })
  const runId = sent.body.runId as string
  const events = (await person.events(runId)).map(({ event }) => event)
  return { conversationId, runId, text: textOf(events), interrupts: interruptsIn(events) }
}

async function decide(person: Person, runId: string, entry: ReturnType<typeof approve>): Promise<string> {
  const { status, body } = await person.post(`/api/v1/runs/${runId}/resume`, { resume: [entry] })
  if (status !== 202) throw new Error(`resume answered ${status}: ${JSON.stringify(body)}`)
  return textOf((await person.events(body.runId)).map(({ event }) => event))
}

async function confirmed(person: Person, args: object, conversation?: string) {
  const { runId, interrupts, conversationId } = await ask(person, args, conversation)
  return { text: await decide(person, runId, approve(interrupts[0]!)), interrupt: interrupts[0] as Interrupt, conversationId }
}

test('a command runs when the person has confirmed the argv that they were shown, and not before', async () => {
  const { person } = await startApp()
  const wrote = await confirmed(person, { argv: ['tee', 'note.txt'], input: 'from Jarvis\n' })
  expect(wrote.interrupt).toMatchObject({
    tool: 'system_command',
    risk: 'act',
    reason: 'Runs on the server, in your workspace and without network, and may change your files there.',
    args: '{"argv":["tee","--","./note.txt"],"input":"from Jarvis\\n"}',
    leaves: null,
    mayRemember: false,
  })
  const read = await ask(person, { argv: ['cat', 'note.txt'] })
  expect(read.text).toBe('')
  expect(await decide(person, read.runId, approve(read.interrupts[0]!))).toMatch(/Exit code 0\.\n\nfrom Jarvis/)
  const removing = await ask(person, { argv: ['rm', 'note.txt'] })
  await decide(person, removing.runId, deny(removing.interrupts[0]!))
  expect((await confirmed(person, { argv: ['ls'] })).text).toContain('note.txt')
})

test('no policy and no earlier yes covers a command: each is asked about', async () => {
  const { app, person } = await startApp()
  expect((await person.patch('/api/v1/admin/tools/system_command', { loosest: 'never' })).status).toBe(200)
  expect((await person.patch('/api/v1/tools/system_command', { policy: 'never' })).status).toBe(200)
  const first = await ask(person, { argv: ['uptime'] })
  expect(first.interrupts).toHaveLength(1)
  await decide(person, first.runId, approve(first.interrupts[0]!))
  expect((await ask(person, { argv: ['uptime'] }, first.conversationId)).interrupts).toHaveLength(1)
  expect(await app.audit.verify()).toMatchObject({ ok: true })
})

test('what the grammar refuses never reaches the person, and cannot be edited in', async () => {
  const { person } = await startApp()
  const refused = await ask(person, { argv: ['bash', '-c', 'id'] })
  expect(refused.interrupts).toEqual([])
  expect(refused.text).toContain('"bash" is not an allowed command here. Allowed are: df, du')
  const { runId, interrupts } = await ask(person, { argv: ['ls'] })
  const edited = approve(interrupts[0]!, { args: '{"argv":["cat","/etc/passwd"]}' })
  expect((await person.post(`/api/v1/runs/${runId}/resume`, { resume: [edited] })).status).toBe(400)
})

test('nobody sees the workspace of somebody else', async () => {
  const { app, person } = await startApp()
  const other = await app.signUp()
  await app.accounts.changeUser(other.user.id, { role: 'enterprise', plan: 'enterprise' }, { source: 'test' })
  await confirmed(person, { argv: ['tee', 'mine.txt'], input: 'x' })
  expect((await confirmed(other, { argv: ['find', '.'] })).text).not.toContain('mine.txt')
})

test('an erased account leaves no workspace', async () => {
  const DATA_DIR = await fileOf('')
  const { app } = await startApp({ DATA_DIR })
  const leaver = await app.signUp()
  await app.accounts.changeUser(leaver.user.id, { role: 'enterprise', plan: 'enterprise' }, { source: 'test' })
  await confirmed(leaver, { argv: ['tee', 'mine.txt'], input: 'x' })
  const workspaces = () => readdir(join(DATA_DIR, 'workspaces'))
  expect(await workspaces()).toHaveLength(1)
  expect((await leaver.delete('/api/v1/me')).status).toBe(204)
  expect(await workspaces()).toEqual([])
})

test('it is offered to administrators and the enterprise role on the enterprise plan, and to nobody else', async () => {
  const { app, person } = await startApp()
  const has = async (client: Pick<Person, 'get'>) =>
    (await client.get('/api/v1/tools')).body.items.some(({ name }: { name: string }) => name === 'system_command')
  expect(await has(person)).toBe(true)
  const user = await app.signUp()
  await app.accounts.setPlan(user.user.id, 'enterprise', 'test')
  expect(await has(user)).toBe(false)
  expect((await ask(user, { argv: ['ls'] })).text).toContain('There is no tool "system_command" here.')
  await app.accounts.setPlan(person.user.id, 'pro', 'test')
  expect(await has(person)).toBe(false)
})

async function fileOf(content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'system-test-'))
  cleanups.defer(() => rm(folder, { recursive: true }))
  // As root, a command runs as nobody.
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'file'), typeof content === 'string' ? content : JSON.stringify(content))
  return folder
}

test("an operator's file adds commands, and folders to read", async () => {
  const logs = await fileOf('GET /index.html 200\n')
  const commands = await fileOf({
    folders: { '/logs/site': logs },
    commands: { seq: { does: 'counts', options: {}, operands: [{ shape: 'count', min: 1, max: 3 }] } },
  })
  const { person } = await startApp({ SYSTEM_COMMANDS_FILE: join(commands, 'file') })
  expect((await confirmed(person, { argv: ['tail', '/logs/site/file'] })).text).toContain('GET /index.html 200')
  expect((await confirmed(person, { argv: ['seq', '3'] })).text).toContain('1\n2\n3')
})

test("a faulty operator's file stops the start with one line for each fault", async () => {
  const commands = await fileOf({ folders: { '/logs': '/etc' }, commands: { nope: { does: 'x', options: {} } } })
  await expect(startTestApp({ SYSTEM_TOOL: 'safe', SYSTEM_COMMANDS_FILE: join(commands, 'file') })).rejects.toMatchObject({
    faults: [
      'SYSTEM_COMMANDS_FILE: commands.nope: there is no program nope in /usr/bin',
      'SYSTEM_COMMANDS_FILE: folders./logs: /etc may hold secrets and is not shared',
    ],
  })
})

test('without bubblewrap the system tool refuses to be enabled, in one line, before anything is started', async () => {
  const dataDir = await fileOf('')
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  // A machine on which bwrap cannot be run.
  const without = ['--dev-bind', '/', '/', '--ro-bind', '/dev/null', '/usr/bin/bwrap', '--die-with-parent', '--', process.execPath, main]
  const child = spawn('bwrap', without, {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, SYSTEM_TOOL: 'safe', PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (data) => (output += String(data)))
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(1)
  expect(output.trim()).toBe(
    '✗ SYSTEM_TOOL=safe cannot be enabled: bubblewrap is not installed; install it (apt-get install bubblewrap). Until then, set SYSTEM_TOOL=off.',
  )
})
