import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createVerification } from '#features/billing/index.ts'
import { longBodyBytesMax } from '#http/body-limits.ts'
import { wav } from '../../simulators/openai/audio.ts'
import { type Behaviour, type RecordedRequest, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { failed } from './openai-calls.ts'
import { Transcription, TranscriptionVerbose } from './openai-shapes.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// What hears and speaks at `/v1/audio`, through OpenAI's own client.

let script: (request: RecordedRequest) => Behaviour | Promise<Behaviour>
let provider: ScriptedModel
let app: TestApp
let person: Awaited<ReturnType<TestApp['signUp']>>
let client: OpenAI

beforeAll(async () => {
  provider = await startScriptedModel((request) => script(request))
  app = await startTestApp({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk-mock' })
  person = await app.signUp()
  await person.patch(`/api/v1/admin/users/${person.user.id}`, { plan: 'enterprise' })
  client = await withKey({})
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await provider?.close()
})
beforeEach(() => {
  script = () => ({ text: 'as it is' })
  provider.requests.length = 0
})

async function withKey(fields: object): Promise<OpenAI> {
  const { body } = await person.post('/api/v1/api-keys', { name: 'Voice', ...fields })
  return new OpenAI({ baseURL: `${app.url}/v1`, apiKey: body.secret, maxRetries: 0 })
}
const recording = async (seconds = 3, name = 'hello.wav') => await toFile(wav(seconds), name, { type: 'audio/wav' })
const booked = async () =>
  (await app.database.db.query.ledger.findMany({ orderBy: ({ id }, { asc }) => asc(id) })).filter(
    ({ kind, entry }) => kind === 'audio' && (entry === 'settlement' || entry === 'estimate'),
  )
const lastBooked = async () => (await booked()).at(-1)

test('a recording is written down, in each shape that clients ask for, and costs what the provider counted', async () => {
  const plain = await client.audio.transcriptions.create({
    file: await recording(),
    model: 'whisper-1',
    language: 'en',
    prompt: 'Jarvis',
    temperature: 0,
  })
  expect(Transcription.parse(plain)).toEqual({ text: 'This is hello.wav.', usage: { type: 'duration', seconds: 3 } })
  // Three seconds at 6,000 micro-dollars a minute.
  expect(plain).toMatchObject({ receipt: { costMicroUsd: 300, cached: false } })
  expect(provider.requests.at(-1)!.body).toMatchObject({
    model: 'whisper-1',
    language: 'en',
    prompt: 'Jarvis',
    temperature: '0',
    response_format: 'json',
    file: 'hello.wav',
    type: 'audio/wav',
    bytes: '24044',
  })
  expect(provider.requests.at(-1)!.headers.authorization).toBe('Bearer sk-mock')
  expect(await lastBooked()).toMatchObject({ model: 'whisper-1', inputTokens: 30, outputTokens: 0, costMicroUsd: 300, entry: 'settlement' })

  const verbose = await client.audio.transcriptions.create({
    file: await recording(2),
    model: 'whisper-1',
    response_format: 'verbose_json',
    timestamp_granularities: ['segment', 'word'],
  })
  expect(TranscriptionVerbose.parse(verbose)).toMatchObject({ duration: 2, language: 'english' })
  expect(provider.requests.at(-1)!.body['timestamp_granularities[]']).toEqual(['segment', 'word'])

  const file = await recording(2)
  expect(await client.audio.transcriptions.create({ file, model: 'whisper-1', response_format: 'text' })).toBe('This is hello.wav.')
  expect(await client.audio.transcriptions.create({ file, model: 'whisper-1', response_format: 'srt' })).toContain('--> 00:00:02,000')
  expect(await lastBooked()).toMatchObject({ inputTokens: 20, entry: 'settlement' })
  expect(await client.audio.transcriptions.create({ file, model: 'whisper-1', response_format: 'vtt' })).toMatch(/^WEBVTT/)

  const stream = await client.audio.transcriptions.create({ file, model: 'gpt-4o-transcribe', stream: true })
  const events = await Array.fromAsync(stream)
  expect(events).toEqual([
    { type: 'transcript.text.delta', delta: 'This is hello.wav.' },
    { type: 'transcript.text.done', text: 'This is hello.wav.', usage: expect.objectContaining({ type: 'tokens', input_tokens: 20 }) },
  ])
  expect(await lastBooked()).toMatchObject({ model: 'gpt-4o-transcribe', inputTokens: 20, costMicroUsd: 200 })
})

test('a text is said in pieces while the provider speaks, and paid for by its characters', async () => {
  const input = 'Hello, Ada. '.repeat(20).trim()
  const wish = { model: 'tts-1', input, voice: 'alloy', response_format: 'wav', speed: 1.5, instructions: 'Cheerfully.' } as const
  const response = await client.audio.speech.create(wish)
  expect(response.headers.get('content-type')).toBe('audio/wav')
  expect(Buffer.from(await response.arrayBuffer()).equals(wav(input.length / 10))).toBe(true)
  expect(provider.requests.at(-1)!.body).toEqual(wish)
  expect(await lastBooked()).toMatchObject({
    model: 'tts-1',
    inputTokens: input.length,
    costMicroUsd: Math.ceil(input.length * 15),
    entry: 'settlement',
  })
})

test('speech ends with the key that asked for it, and lets go of the provider', async () => {
  script = () => ({ stall: 'mid-stream' })
  const { body: key } = await person.post('/api/v1/api-keys', { name: 'Short' })
  const speaker = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: key.secret, maxRetries: 0 })
  const sound = (await speaker.audio.speech.create({ model: 'tts-1', input: 'Hello', voice: 'alloy' })).body!.getReader()
  expect((await sound.read()).done).toBe(false)
  await person.delete(`/api/v1/api-keys/${key.id}`)
  const toEnd = async () => {
    while (!(await sound.read()).done);
  }
  await expect(toEnd()).rejects.toThrow()
  await provider.disconnected()
})

test('who leaves lets go of the provider, and what it may bill is paid for', async () => {
  script = () => ({ stall: 'before-headers' })
  const before = (await booked()).length
  const gone = new AbortController()
  const left = client.audio.transcriptions.create({ file: await recording(8), model: 'whisper-1' }, { signal: gone.signal })
  const refused = expect(left).rejects.toThrow()
  await expect.poll(() => provider.requests.length).toBe(1)
  gone.abort()
  await refused
  await expect.poll(async () => (await booked()).length).toBe(before + 1)
  expect(await lastBooked()).toMatchObject({ entry: 'estimate', inputTokens: 81 })
})

test('what cannot be is refused in OpenAI’s shape and costs nothing', async () => {
  const before = (await booked()).length
  const file = await recording()
  const heard = (fields: object) => client.audio.transcriptions.create({ file, model: 'whisper-1', ...fields } as never)
  const said = (fields: object) => client.audio.speech.create({ model: 'tts-1', input: 'Hi', voice: 'alloy', ...fields })
  const rows: [() => Promise<unknown>, object][] = [
    [() => heard({ model: 'whisper-9' }), { status: 404, code: 'model_not_found', param: 'model' }],
    [() => heard({ model: 'tts-1' }), { status: 404, code: 'model_not_found' }],
    [() => said({ model: 'whisper-1' }), { status: 404, code: 'model_not_found' }],
    [() => said({ model: 'gpt-4o' }), { status: 404, code: 'model_not_found' }],
    [() => heard({ response_format: 'diarized_json' }), { status: 400, code: 'unsupported_parameter', param: 'response_format' }],
    [() => heard({ include: ['logprobs'] }), { status: 400, code: 'unsupported_parameter', param: 'include' }],
    [() => heard({ response_format: 'srt', stream: true }), { status: 400, code: 'unsupported_parameter', param: 'stream' }],
    [() => heard({ language: 'English, please' }), { status: 400, code: 'invalid_value', param: 'language' }],
    [() => heard({ temperature: 7 }), { status: 400, code: 'invalid_value', param: 'temperature' }],
    [async () => heard({ file: await toFile(Buffer.alloc(0), 'empty.wav') }), { status: 400, param: 'file' }],
    [() => heard({ file: 'no file' }), { status: 400, param: 'file' }],
    [async () => heard({ file: await toFile(Buffer.alloc(longBodyBytesMax), 'long.wav') }), { status: 413 }],
    [() => said({ input: 'x'.repeat(4097) }), { status: 400, param: 'input' }],
    [() => said({ stream_format: 'sse' }), { status: 400, code: 'unsupported_parameter', param: 'stream_format' }],
    [() => client.post('/audio/transcriptions', { body: { model: 'whisper-1' } }), { status: 400 }],
    [() => client.post('/audio/translations', { body: {} }), { status: 404 }],
  ]
  for (const [at, [ask, expected]] of rows.entries()) expect(await failed(ask()), `row ${at}`).toMatchObject(expected)
  expect(provider.requests).toHaveLength(0)

  script = () => ({ status: 400, body: { error: { message: 'Audio file might be corrupted or unsupported' } } })
  expect(await failed(heard({}))).toMatchObject({ status: 400, code: 'invalid_value', message: expect.stringContaining('recording') })
  script = () => ({ status: 503 })
  expect(await failed(said({}))).toMatchObject({ status: 502, code: 'upstream_failed' })
  expect(await booked()).toHaveLength(before)
})

test('a key names its models here too, and its budget and its person’s plan are held before a provider is asked', async () => {
  const narrow = await withKey({ models: ['whisper-1'] })
  expect((await narrow.models.list()).data.map(({ id }) => id)).toEqual(['whisper-1'])
  expect(await failed(narrow.audio.speech.create({ model: 'tts-1', input: 'Hi', voice: 'alloy' }))).toMatchObject({
    status: 403,
    code: 'model_not_found',
  })
  const poor = await withKey({ budgetMicroUsdPerMonth: 1 })
  expect(await failed(poor.audio.speech.create({ model: 'tts-1', input: 'Hello', voice: 'alloy' }))).toMatchObject({
    status: 429,
    code: 'insufficient_quota',
  })
  const file = await recording()
  expect(await failed(poor.audio.transcriptions.create({ file, model: 'whisper-1' }))).toMatchObject({ status: 429, code: 'insufficient_quota' })
  expect(provider.requests).toHaveLength(0)
  const { verifyLedger } = createVerification(app.database)
  await expect.poll(async () => (await verifyLedger()).openReservations).toBe(0)
  expect((await verifyLedger()).differences).toEqual([])
})
