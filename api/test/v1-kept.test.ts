import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keptBytesMax } from '#features/v1/index.ts'
import { keptResponses } from '#ports/database/tables.ts'
import { type Behaviour, type RecordedRequest, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { failed, weather } from './openai-calls.ts'
import { Response } from './openai-shapes.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// Responses that a program wants kept, through OpenAI's own client.

let script: (request: RecordedRequest) => Behaviour | Promise<Behaviour>
let provider: ScriptedModel
let app: TestApp
let person: Awaited<ReturnType<TestApp['signUp']>>
let client: OpenAI

beforeAll(async () => {
  provider = await startScriptedModel((request) => script(request))
  app = await startTestApp({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk-mock' })
  person = await app.signUp()
  client = await clientOf(person)
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await provider?.close()
})
beforeEach(() => {
  script = () => ({ text: 'The answer is 42.' })
  provider.requests.length = 0
})

async function clientOf(owner: typeof person): Promise<OpenAI> {
  const { body } = await owner.post('/api/v1/api-keys', { name: 'Program', scopes: ['v1'] })
  return new OpenAI({ baseURL: `${app.url}/v1`, apiKey: body.secret, maxRetries: 0 })
}
const rowsOf = async ({ user }: typeof person) => (await app.database.db.select().from(keptResponses)).filter(({ userId }) => userId === user.id)
const asked = { model: 'gpt-4o-mini', input: 'What is the answer?', store: true }

test('a response that is to be kept is read again as it was given, plain or streamed, by any key of its person alone', async () => {
  const plain = await client.responses.create({ ...asked, metadata: { for: 'Ada' } })
  const streamed = await client.responses.stream({ ...asked, instructions: 'Be short.' }).finalResponse()
  const unkept = await client.responses.create({ ...asked, store: false })
  for (const given of [plain, streamed]) {
    const { output_text: _, ...read } = await client.responses.retrieve(given.id)
    expect(Response.parse(read)).toMatchObject({ id: given.id, output: given.output.map(({ id }) => ({ id })) })
    expect(read).toMatchObject({ store: true, status: 'completed', metadata: given.metadata, instructions: given.instructions })
  }
  const other = await clientOf(person)
  expect((await other.responses.retrieve(plain.id)).output_text).toBe('The answer is 42.')
  const stranger = await clientOf(await app.signUp())
  for (const ask of [
    () => client.responses.retrieve(unkept.id),
    () => stranger.responses.retrieve(plain.id),
    () => stranger.responses.inputItems.list(plain.id),
    () => stranger.responses.delete(plain.id),
  ])
    expect(await failed(ask())).toMatchObject({ status: 404, type: 'invalid_request_error' })
  expect(await failed(stranger.responses.create({ ...asked, previous_response_id: plain.id }))).toMatchObject({
    status: 400,
    code: 'previous_response_not_found',
  })

  await client.responses.delete(plain.id)
  for (const ask of [() => client.responses.retrieve(plain.id), () => client.responses.delete(plain.id)])
    expect(await failed(ask())).toMatchObject({ status: 404 })
})

test('a response goes on from a kept one: calls and their results, without what the client need not send again', async () => {
  const tool = { type: 'function' as const, ...weather.function, strict: false }
  script = () => ({ text: 'Let me see.', toolCalls: [{ id: 'call_7', name: 'weather', arguments: { city: 'Oslo' } }] })
  const first = await client.responses.create({ ...asked, instructions: 'Only now.', tools: [tool], input: 'And in Oslo?' })
  script = () => ({ text: 'It rains.' })
  const output = { type: 'function_call_output' as const, call_id: 'call_7', output: '{"sky":"rain"}' }
  const second = await client.responses.create({ ...asked, tools: [tool], previous_response_id: first.id, input: [output] })
  expect(second).toMatchObject({ output_text: 'It rains.', previous_response_id: first.id })
  const third = await client.responses.create({ ...asked, previous_response_id: second.id, input: 'Thanks.' })
  expect(provider.requests.at(-1)!.body.messages).toMatchObject([
    { role: 'user', content: 'And in Oslo?' },
    { role: 'assistant', content: 'Let me see.', tool_calls: [{ id: 'call_7', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
    { role: 'tool', tool_call_id: 'call_7', content: '{"sky":"rain"}' },
    { role: 'assistant', content: 'It rains.' },
    { role: 'user', content: 'Thanks.' },
  ])
  expect(await Array.fromAsync(client.responses.inputItems.list(second.id))).toMatchObject([{ ...output, id: expect.stringMatching(/^fc_/) }])
  expect(await Array.fromAsync(client.responses.inputItems.list(third.id, { limit: 1 }))).toMatchObject([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Thanks.' }] },
  ])
  // What is gone leaves a gap, and is not guessed.
  await client.responses.delete(first.id)
  const gap = await failed(client.responses.create({ ...asked, previous_response_id: third.id }))
  expect(gap).toMatchObject({ status: 400, code: 'previous_response_not_found', param: 'previous_response_id' })
})

test('the assistant goes on in its own conversation', async () => {
  const first = await client.responses.create({ ...asked, model: 'jarvis', input: 'My dog is called Biscuit.' })
  const second = await client.responses.create({ ...asked, model: 'jarvis', input: 'How old is he?', previous_response_id: first.id })
  const conversationOf = (response: object) => (response as { conversation: { id: string } }).conversation.id
  expect(conversationOf(second)).toBe(conversationOf(first))
})

test('a failed or abandoned answer is not kept', async () => {
  const before = (await rowsOf(person)).length
  script = () => ({ breakSse: 'error-event', afterText: 'And then' })
  await failed(client.responses.stream(asked).finalResponse())
  script = () => ({ stall: 'mid-stream' })
  const stream = await client.responses.create({ ...asked, stream: true })
  for await (const { type } of stream) if (type === 'response.output_text.delta') break
  await provider.disconnected()
  expect(await rowsOf(person)).toHaveLength(before)
})

test('what is kept is in the person’s export, goes with the person, and has an end', async () => {
  const owner = await app.signUp()
  const own = await clientOf(owner)
  const { id } = await own.responses.create({ ...asked, input: 'A text.' })
  const { responses } = (await owner.get('/api/v1/me/export')).body
  expect(responses).toMatchObject([{ input: [{ role: 'user' }], response: { id, object: 'response' } }])
  await app.database.db.update(keptResponses).set({ bytes: keptBytesMax })
  expect(await failed(own.responses.create(asked))).toMatchObject({ status: 400, param: 'store' })
  expect((await own.responses.create({ ...asked, store: false })).output_text).toBe('The answer is 42.')
  expect((await owner.delete('/api/v1/me')).status).toBe(204)
  await expect.poll(() => rowsOf(owner)).toEqual([])
})
