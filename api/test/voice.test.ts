import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createVerification } from '#features/billing/index.ts'
import { ledger } from '#ports/database/tables.ts'
import { wav } from '../../simulators/openai/audio.ts'
import { type Behaviour, type RecordedRequest, type ScriptedModel, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { startTestApp, type TestApp } from './test-app.ts'

// What a person says to the page, and what it says to them, at a provider that hears and speaks.

let script: (request: RecordedRequest) => Behaviour
let provider: ScriptedModel
let app: TestApp
let person: Awaited<ReturnType<TestApp['signUp']>>

beforeAll(async () => {
  provider = await startScriptedModel((request) => script(request))
  app = await startTestApp({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk-voice' })
  await app.signUp()
  person = await app.signUp()
})
afterAll(async () => {
  await app?.[Symbol.asyncDispose]()
  await provider?.close()
})
beforeEach(() => {
  script = () => ({ text: 'as it is' })
  provider.requests.length = 0
})

const send = async (path: string, body: BodyInit, type: string, { url, token } = { url: app.url, token: person.accessToken }, signal?: AbortSignal) =>
  await fetch(`${url}/api/v1/voice/${path}`, {
    method: 'POST',
    headers: { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) },
    body,
    ...(signal && { signal }),
  })
const hear = async (body: BodyInit, type = 'audio/wav') => await send('transcriptions', body, type)
const speak = async (fields: object) => await send('speech', JSON.stringify(fields), 'application/json')
const booked = async () =>
  (await app.database.db.select().from(ledger).where(eq(ledger.payerId, person.user.id))).filter(
    ({ kind, entry }) => kind === 'audio' && (entry === 'settlement' || entry === 'estimate'),
  )

test('the page learns who hears and who speaks, and where it goes', async () => {
  const { body } = await person.get('/api/v1/voice')
  const host = new URL(provider.url).host
  expect(body).toEqual({ hears: { host }, speaks: { host, voices: expect.arrayContaining(['alloy']) }, browser: true })
})

test('what is said is written down, and paid for by its length', async () => {
  const answer = await send('transcriptions?language=de', wav(4), 'audio/wav; codecs=1')
  expect([answer.status, await answer.json()]).toEqual([200, { text: 'This is recording.wav.' }])
  expect(provider.requests.at(-1)!.body).toMatchObject({ language: 'de', file: 'recording.wav', type: 'audio/wav' })
  expect(answer.headers.get('ratelimit')).toMatch(/"plan"/)
  // Four seconds at 3,000 micro-dollars a minute.
  expect((await booked()).at(-1)).toMatchObject({ model: 'gpt-4o-mini-transcribe', entry: 'settlement', costMicroUsd: 200 })
})

test('a text is said in the voice and at the speed that were chosen, and paid for by its characters', async () => {
  const answer = await speak({ text: 'Hello, Ada.', voice: 'nova', speed: 1.5 })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  expect(Buffer.from(await answer.arrayBuffer()).equals(wav(1.1))).toBe(true)
  expect(provider.requests.at(-1)!.body).toEqual({
    model: 'gpt-4o-mini-tts',
    input: 'Hello, Ada.',
    voice: 'nova',
    response_format: 'mp3',
    speed: 1.5,
  })
  expect((await booked()).at(-1)).toMatchObject({ model: 'gpt-4o-mini-tts', entry: 'settlement', costMicroUsd: 220 })
  // A voice that is not offered any more is the first that is.
  expect((await speak({ text: 'Hello.', voice: 'gone' })).status).toBe(200)
  expect(provider.requests.at(-1)!.body).toMatchObject({ voice: 'alloy' })
})

test('what cannot be is refused and costs nothing', async () => {
  const before = (await booked()).length
  const rows: [() => Promise<Response>, number][] = [
    [() => hear(new Uint8Array(0)), 400],
    [() => hear('text', 'text/plain'), 415],
    [() => hear(wav(1), 'audio/midi'), 415],
    [() => hear('{}', 'application/json'), 415],
    [() => hear(new Uint8Array(1024 * 1024 + 1)), 413],
    [() => send('transcriptions?language=German', wav(1), 'audio/wav'), 400],
    [() => speak({ text: '' }), 400],
    [() => speak({ text: 'x'.repeat(4097) }), 400],
    [() => speak({ text: 'Hi', speed: 9 }), 400],
    [() => send('speech', '{"text":"Hi"}', 'application/json', { url: app.url, token: '' }), 401],
  ]
  for (const [at, [ask, status]] of rows.entries()) expect((await ask()).status, `row ${at}`).toBe(status)
  expect(provider.requests).toEqual([])

  script = () => ({ status: 503 })
  expect((await hear(wav(1))).status).toBe(502)
  expect((await speak({ text: 'Hi' })).status).toBe(502)
  expect(await booked()).toHaveLength(before)
})

test('who leaves lets go of the provider', async () => {
  script = () => ({ stall: 'before-headers' })
  const gone = new AbortController()
  const left = expect(send('transcriptions', wav(2), 'audio/wav', undefined, gone.signal)).rejects.toThrow()
  await expect.poll(() => provider.requests.length).toBe(1)
  const before = provider.disconnects()
  gone.abort()
  await left
  await provider.disconnected(before + 1)
  await expect.poll(async () => (await createVerification(app.database).verifyLedger()).openReservations).toBe(0)
})

test.each([
  ['on', { hears: null, speaks: null, browser: true }, 'microphone=(self)'],
  ['provider', { hears: null, speaks: null, browser: false }, 'microphone=(self)'],
  ['off', { hears: null, speaks: null, browser: false }, 'microphone=()'],
])('with VOICE=%s the page may listen as far as that, and says so in a header', async (mode, offered, policy) => {
  await using other = await startTestApp({ VOICE: mode })
  const theirs = await other.signUp()
  expect((await theirs.get('/api/v1/voice')).body).toEqual(offered)
  const answer = await fetch(`${other.url}/healthz`)
  expect(answer.headers.get('permissions-policy')).toContain(policy)
  expect(answer.headers.get('permissions-policy')).toContain('camera=()')
  expect((await send('transcriptions', wav(1), 'audio/wav', { url: other.url, token: theirs.accessToken })).status).toBe(404)
})
