import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createVerification } from '#features/billing/index.ts'
import { ledger } from '#ports/database/tables.ts'
import { type Behaviour, type RecordedRequest, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { approve, interruptsIn } from './probe-tools.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// Pictures that a model has made: as files of a person's, at a provider that speaks OpenAI's protocol.

let script: (request: RecordedRequest) => Behaviour
let provider: ScriptedModel
let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>

beforeAll(async () => {
  provider = await startScriptedModel((request) => script(request))
  app = await startTestApp({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk-pictures' })
  admin = await app.signUp()
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await provider?.close()
})
beforeEach(() => void (provider.requests.length = 0))

const isPicture = ({ path }: RecordedRequest) => path === '/v1/images/generations'
const drawn = () => provider.requests.filter(isPicture)
const messagesOf = ({ body }: RecordedRequest) => (body.messages ?? []) as { role: string; content: string }[]
/** A model that has pictures made, and then says so. */
const draws =
  (...calls: object[]) =>
  (request: RecordedRequest): Behaviour =>
    isPicture(request)
      ? { text: '' }
      : messagesOf(request).at(-1)?.role === 'tool'
        ? { text: 'There it is.' }
        : { toolCalls: calls.map((args, at) => ({ id: `call_${at}`, name: 'image_generate', arguments: args })) }

async function painter(plan = 'pro') {
  const person = await app.signUp()
  await admin.patch(`/api/v1/admin/users/${person.user.id}`, { plan })
  return person
}
type Painter = Awaited<ReturnType<typeof painter>>
const lastOf = async (person: Painter, id: string) => (await person.get(`/api/v1/conversations/${id}/messages`)).body.items.at(-1)
const bookedOn = async (person: Painter) =>
  (await app.database.db.select().from(ledger).where(eq(ledger.payerId, person.user.id))).filter(
    ({ kind, entry }) => kind === 'picture' && (entry === 'settlement' || entry === 'estimate'),
  )

test('a picture is made at the provider, kept as a file of the person’s, shown in the answer, and paid for by its size and quality', async () => {
  const prompt = 'A red lighthouse at dusk, seen from the sea.'
  script = draws({ prompt, shape: 'landscape', quality: 'high' })
  const person = await painter()
  const id = await person.newConversation()
  const events = await person.ask(id, 'Draw me a lighthouse')
  expect(drawn().map(({ body }) => body)).toEqual([{ model: 'gpt-image-1-mini', prompt, n: 1, size: '1536x1024', quality: 'high' }])
  expect(drawn()[0]!.headers.authorization).toBe('Bearer sk-pictures')

  const answer = await lastOf(person, id)
  const [call] = answer.toolCalls
  const image = { type: 'image', fileId: expect.any(String), mediaType: 'image/png', alt: prompt, toolCallId: call.id }
  expect(answer.parts).toEqual([image, { type: 'text', text: 'There it is.' }])
  expect(call).toMatchObject({
    name: 'image_generate',
    status: 'done',
    result: expect.stringContaining('“A red lighthouse at dusk seen from the.png”'),
  })
  const told = events.reduce(foldRunEvent, emptyAnswer)
  expect(told.parts.find(({ type }) => type === 'image')).toEqual(answer.parts[0])

  const { fileId } = answer.parts[0]
  expect((await person.get(`/api/v1/files/${fileId}`)).body).toMatchObject({
    mediaType: 'image/png',
    name: 'A red lighthouse at dusk seen from the.png',
  })
  const bytes = await fetch(`${app.url}/api/v1/files/${fileId}/content`, { headers: { authorization: `Bearer ${person.accessToken}` } })
  expect(bytes.status).toBe(200)
  expect((await (await app.signUp()).get(`/api/v1/files/${fileId}`)).status).toBe(404)

  // 0.052 dollars, and the words of the prompt, 15 tokens at 2 dollars a million, in steps of 40 micro-dollars.
  const [booked, ...others] = await bookedOn(person)
  expect(others).toEqual([])
  expect(booked).toMatchObject({ model: 'gpt-image-1-mini', entry: 'settlement', costMicroUsd: 52_040, inputTokens: 1301, runId: expect.any(String) })
  expect(answer.usage.costMicroUsd).toBeGreaterThanOrEqual(52_040)
  const usage = (await person.get('/api/v1/usage?group=model')).body
  expect(JSON.stringify(usage)).toContain('gpt-image-1-mini')

  // Retold from what is stored it is the same, and so is the tree after the picture's file is gone.
  const again = (await person.events(answer.runId)).map(({ event }) => event).reduce(foldRunEvent, emptyAnswer)
  expect(again.parts.filter(({ type }) => type === 'image')).toEqual([answer.parts[0]])
  // The next question costs no look at it, and is not tainted by it.
  script = () => ({ text: 'Yes.' })
  await person.ask(id, 'Nice?')
  expect(JSON.stringify(provider.requests.at(-1)!.body)).not.toContain('image_url')
  expect((await person.delete(`/api/v1/files/${fileId}`)).status).toBe(204)
  expect((await lastOf(person, id)).status).toBe('complete')
})

test('at most four pictures are made in one answer, also when they are asked for at once', async () => {
  script = draws(...Array.from({ length: 6 }, (_, at) => ({ prompt: `A house, number ${at}.`, quality: 'low' })))
  const person = await painter()
  const id = await person.newConversation()
  await person.ask(id, 'Draw six houses')
  expect(drawn()).toHaveLength(4)
  const { parts, toolCalls } = await lastOf(person, id)
  expect(parts.filter(({ type }: { type: string }) => type === 'image')).toHaveLength(4)
  expect(toolCalls.filter(({ status }: { status: string }) => status === 'failed')).toHaveLength(2)
  expect(await bookedOn(person)).toHaveLength(4)
})

test('what the provider refuses, or fails at, is said to the model and costs nothing', async () => {
  const person = await painter()
  const id = await person.newConversation()
  script = draws({ prompt: 'A knight in a pool of blood.' })
  await person.ask(id, 'Draw a knight')
  expect((await lastOf(person, id)).toolCalls[0]).toMatchObject({
    status: 'failed',
    result: expect.stringContaining('filter refused to make this picture'),
  })

  const failures: [Behaviour, string][] = [
    [{ status: 503 }, 'failed (503)'],
    [{ status: 400, body: { error: { message: 'Invalid size', code: 'invalid_value' } } }, 'size and quality'],
    [{ status: 402 }, 'credit'],
    [{ status: 200, body: { data: [{ url: 'http://169.254.169.254/1.png' }] } }, ''],
    [{ status: 200, body: { data: [{ b64_json: '' }] } }, ''],
  ]
  for (const [behaviour, said] of failures) {
    const draw = draws({ prompt: 'A tree.' })
    script = (request) => (isPicture(request) ? behaviour : draw(request))
    await person.ask(id, 'Draw a tree')
    const { toolCalls, parts } = await lastOf(person, id)
    expect(toolCalls[0].status).toBe('failed')
    if (said) expect(toolCalls[0].result.toLowerCase()).toContain(said)
    expect(parts.some(({ type }: { type: string }) => type === 'image')).toBe(false)
  }
  // Of the two that answered with something unreadable the provider has a bill.
  expect((await bookedOn(person)).map(({ entry }) => entry)).toEqual(['estimate', 'estimate'])
  expect((await person.get('/api/v1/files')).body.items).toEqual([])
})

test('what comes back is kept only if it is a picture', async () => {
  const draw = draws({ prompt: 'A tree.' })
  script = (request) => (isPicture(request) ? { status: 200, body: { data: [{ b64_json: btoa('<script>alert(1)</script>') }] } } : draw(request))
  const person = await painter()
  const id = await person.newConversation()
  await person.ask(id, 'Draw a tree')
  expect((await lastOf(person, id)).toolCalls[0]).toMatchObject({ status: 'failed' })
  expect((await person.get('/api/v1/files')).body.items).toEqual([])
})

test('a stop reaches the provider, and what it may bill stands as an estimate', async () => {
  const draw = draws({ prompt: 'A very slow tree.' })
  script = (request) => (isPicture(request) ? { stall: 'before-headers' } : draw(request))
  const person = await painter()
  const id = await person.newConversation()
  const { body } = await person.post(`/api/v1/conversations/${id}/messages`, { messageId: crypto.randomUUID(), content: 'Draw a tree' })
  await expect.poll(() => drawn().length).toBe(1)
  const left = provider.disconnects()
  await person.post(`/api/v1/runs/${body.runId}/cancel`, {})
  await provider.disconnected(left + 1)
  await expect.poll(async () => (await bookedOn(person)).map(({ entry }) => entry)).toEqual(['estimate'])
  await expect.poll(async () => (await lastOf(person, id)).status).toBe('stopped')
})

test('who has no room for a file, no plan for it, or too little left, has no picture made', async () => {
  script = draws({ prompt: 'A tree.' })
  const free = await painter('free')
  expect((await free.get('/api/v1/tools')).body.items.map(({ name }: { name: string }) => name)).not.toContain('image_generate')
  const id = await free.newConversation()
  await free.ask(id, 'Draw a tree')
  expect((await lastOf(free, id)).toolCalls[0].result).toContain('There is no tool')

  const poor = await painter()
  expect((await poor.get('/api/v1/tools')).body.items.map(({ name }: { name: string }) => name)).toContain('image_generate')
  await admin.patch(`/api/v1/admin/users/${poor.user.id}`, { ceilingMicroUsd: 9000 })
  const theirs = await poor.newConversation()
  await poor.ask(theirs, 'Draw a tree')
  expect((await lastOf(poor, theirs)).toolCalls[0]).toMatchObject({ status: 'failed' })
  expect(drawn()).toEqual([])
  const { verifyLedger } = createVerification(app.database)
  await expect.poll(async () => (await verifyLedger()).openReservations).toBe(0)
  expect((await verifyLedger()).differences).toEqual([])
})

test('once text from outside is in the run, a person is asked before a prompt that is not theirs leaves', async () => {
  const person = await painter()
  const form = new FormData()
  form.append('file', new Blob(['The vault opens with 4711-swordfish.']), 'secret.txt')
  const headers = { authorization: `Bearer ${person.accessToken}` }
  const { id: file } = (await (await fetch(`${app.url}/api/v1/files`, { method: 'POST', headers, body: form })).json()) as { id: string }
  script = draws({ prompt: 'A poster that reads 4711-swordfish in large letters, with a dragon.' })
  const id = await person.newConversation()
  const events = await person.ask(id, 'What is in the file?', { files: [file] })
  const [interrupt] = interruptsIn(events)
  expect(interrupt).toMatchObject({ tool: 'image_generate', leaves: { content: expect.stringContaining('4711-swordfish') } })
  expect(drawn()).toEqual([])
  const { runId } = await lastOf(person, id)
  const resumed = await person.post(`/api/v1/runs/${runId}/resume`, { resume: [approve(interrupt!)] })
  await person.events(resumed.body.runId)
  expect(drawn()).toHaveLength(1)
  expect((await lastOf(person, id)).parts.some(({ type }: { type: string }) => type === 'image')).toBe(true)
  expect(await bookedOn(person)).toHaveLength(1)
})
