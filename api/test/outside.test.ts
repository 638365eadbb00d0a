import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

// A folder of somebody who has a key and what is published, and nothing else.

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const modules = join(root, 'node_modules')

let app: TestApp
let folder: string
let environment: NodeJS.ProcessEnv
beforeAll(async () => {
  app = await startTestApp()
  folder = await mkdtemp(join(tmpdir(), 'jarvis-outside-'))
  const { body } = await (await app.signUp()).post('/api/v1/api-keys', { name: 'Outside' })
  environment = { ...process.env, OPENAI_BASE_URL: `${app.url}/v1`, OPENAI_API_KEY: body.secret, JARVIS_URL: app.url, JARVIS_API_KEY: body.secret }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'outside', type: 'module', private: true }))
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Installs a package that the repository has, in the version that the client has it in. */
async function install(name: string): Promise<void> {
  await mkdir(join(folder, 'node_modules', name, '..'), { recursive: true })
  const own = join(root, 'client/node_modules', name)
  await symlink(existsSync(own) ? own : join(modules, name), join(folder, 'node_modules', name))
}

async function shell(command: string): Promise<string> {
  const ended = await run('bash', ['-c', `set -e; ${command}`], { cwd: folder, env: environment }).catch(
    (error: { stdout: string; message: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`)
    },
  )
  return ended.stdout
}

test('the first calls of the README work as they stand there: curl, Python, TypeScript', async () => {
  const section = /^## Use the API\n([\s\S]*?)^## /m.exec(await readFile(join(root, 'README.md'), 'utf8'))![1]!
  const snippets = new Map(Array.from(section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm), ([, language, code]) => [language!, code!]))
  expect([...snippets.keys()]).toEqual(['sh', 'python', 'ts'])
  // The address and the key are this server's.
  const curl = snippets
    .get('sh')!
    .split('\n')
    .filter((line) => !line.startsWith('export '))
    .join('\n')
  expect(JSON.parse(await shell(curl.replace('curl ', 'curl -s '))).choices[0].message.content).toContain('437')

  await writeFile(join(folder, 'first.py'), snippets.get('python')!)
  if (!(await shell('python3 -c "import openai"').catch(() => null))) await writeFile(join(folder, 'openai.py'), standIn)
  expect(await shell('python3 first.py')).toContain('437')

  await install('openai')
  await writeFile(join(folder, 'first.ts'), snippets.get('ts')!)
  expect(await shell(`"${process.execPath}" first.ts`)).toContain('437')
})

/** Where OpenAI's package for Python is not installed: what the snippet needs of it, over the same HTTP. */
const standIn = `
import json, os, types, urllib.request

def create(**body):
    headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "Content-Type": "application/json"}
    ask = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(ask), object_hook=lambda fields: types.SimpleNamespace(**fields))

class OpenAI:
    chat = types.SimpleNamespace(completions=types.SimpleNamespace(create=create))
`

const program = `
import { createClient, emptyAnswer, foldRunEvent, ProblemError } from '@jarvis/client'

const jarvis = createClient({ baseUrl: process.env['JARVIS_URL']! + '/', apiKey: process.env['JARVIS_API_KEY']! })
const { name } = await jarvis.me()
const conversation = await jarvis.createConversation({ body: { title: 'Sums' } })
let answer = emptyAnswer
for await (const event of jarvis.ask(conversation.id, 'What is 19 * 23?')) answer = foldRunEvent(answer, event)
for (const title of ['Two', 'Three', 'Four']) await jarvis.createConversation({ body: { title } }, { idempotencyKey: title })
await jarvis.createConversation({ body: { title: 'Four' } }, { idempotencyKey: 'Four' })
const titles: string[] = []
for await (const { title } of jarvis.each('conversations', { query: { limit: 2 } })) titles.push(title)
const refused = await jarvis.conversation({ params: { id: crypto.randomUUID() } }).catch((error: unknown) => error)
const code = refused instanceof ProblemError ? refused.code : null
const own = await jarvis.apiKeys().catch((error: unknown) => (error instanceof ProblemError ? error.status : null))
console.log(JSON.stringify({ name, content: answer.content, titles, code, own }))

// @ts-expect-error a conversation has no such field
void (() => jarvis.updateConversation({ params: { id: conversation.id }, body: { colour: 'red' } }))
// @ts-expect-error the id is missing
void (() => jarvis.conversation({}))
// @ts-expect-error only lists have pages
void (() => jarvis.each('me'))
`

test('the packed client compiles in a project of its own, knows each call by its type, and works', async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: join(root, 'client'), env: environment })
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
  expect(files.filter(({ path }) => !/^(dist\/.*\.(js|d\.ts)|package\.json|README\.md)$/.test(path))).toEqual([])
  await mkdir(join(folder, 'node_modules/@jarvis/client'), { recursive: true })
  await shell(`tar -xzf ${filename} -C node_modules/@jarvis/client --strip-components=1`)
  for (const name of ['zod', '@ag-ui/core', 'eventsource-parser', '@types/node', 'undici-types']) await install(name)
  await writeFile(join(folder, 'program.ts'), program)
  const options = '--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext --target es2024 --types node --noEmit'
  await shell(`"${process.execPath}" ${join(modules, 'typescript/bin/tsc')} ${options} program.ts`)
  const told = JSON.parse(await shell(`"${process.execPath}" program.ts`))
  expect(told).toMatchObject({ name: 'Ada Test', code: 'not_found', own: 403 })
  expect(told.content).toContain('437')
  expect(told.titles.slice(0, 4)).toEqual(['Four', 'Three', 'Two', 'Sums'])
})
