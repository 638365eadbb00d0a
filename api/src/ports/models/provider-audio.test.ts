import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Provider, TranscriptionWish } from './index.ts'
import { createAudioModel } from './provider-audio.ts'

/** A provider that answers each request so. */
async function answering(answer: (response: ServerResponse, path: string) => void, fields: Partial<Provider> = {}) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response, `${request.url} ${String(request.headers['api-key'])}`))
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => server.close(() => {}).closeAllConnections())
  const { port } = server.address() as AddressInfo
  return createAudioModel({ id: 'one', kind: 'openai', baseUrl: `http://127.0.0.1:${port}`, apiKey: 'sk-test', ...fields }, 'whisper')
}
const wish = (format: TranscriptionWish['format'] = 'json'): TranscriptionWish => ({
  file: { name: 'a.mp3', mediaType: 'audio/mpeg', bytes: new Uint8Array(2000) },
  format,
})
const json = (value: unknown) => (response: ServerResponse) => void response.setHeader('content-type', 'application/json').end(JSON.stringify(value))

test.each([
  ['seconds', { usage: { type: 'duration', seconds: 7 } }, 7],
  ['a duration', { duration: 7.25 }, 7.25],
  ['a duration as text', { duration: '7.25' }, 7.25],
  ['tokens of sound', { usage: { input_tokens: 90, input_token_details: { audio_tokens: 70, text_tokens: 20 } } }, 7],
  ['tokens', { usage: { input_tokens: 70 } }, 7],
  ['nothing', {}, null],
  ['zero', { usage: { seconds: 0 } }, null],
  ['what is no number', { duration: 'long', usage: [] }, null],
])('what was heard is counted as the provider says it: %s', async (_name, said, seconds) => {
  const model = await answering(json({ text: 'Hello', ...said }))
  expect(await model.transcribe(wish())).toMatchObject({ text: 'Hello', seconds })
})

test('cues come as they are, and the last one says how long it was', async () => {
  const model = await answering((response) => void response.end('WEBVTT\n\n00:01.000 --> 01:02.500\nHello\n'))
  expect(await model.transcribe(wish('vtt'))).toMatchObject({ whole: null, seconds: 62.5 })
})

test.each([
  ['a page', (response: ServerResponse) => void response.setHeader('content-type', 'text/html').end('<h1>Sign in</h1>'), 'upstream_failed'],
  ['no text', json({ words: [] }), 'upstream_failed'],
  ['no JSON', (response: ServerResponse) => void response.end('Hello'), 'upstream_failed'],
  ['half an answer', (response: ServerResponse) => void response.writeHead(200).write('{"text":', () => response.destroy()), 'upstream_failed'],
  ['a wrong key', (response: ServerResponse) => void response.writeHead(401).end('sk-test'), 'upstream_rejected'],
  ['a refusal of the file', (response: ServerResponse) => void response.writeHead(400).end('corrupted'), 'invalid_request'],
  ['too long a file', (response: ServerResponse) => void response.writeHead(413).end(), 'invalid_request'],
  ['an empty purse', (response: ServerResponse) => void response.writeHead(400).end('{"code":"insufficient_quota"}'), 'provider_quota'],
  ['no such route', (response: ServerResponse) => void response.writeHead(404).end(), 'upstream_rejected'],
])('a provider that answers with %s is an error, never an empty transcript', async (_name, answer, code) => {
  await expect((await answering(answer)).transcribe(wish())).rejects.toMatchObject({ code })
})

test('one that says nothing is left in time', async () => {
  const model = await answering(() => {}, { firstTokenSeconds: 0.3 })
  await expect(model.transcribe(wish())).rejects.toMatchObject({ code: 'upstream_timeout', lost: true })
})

test('speech that breaks off before it is read is an error of who reads it', async () => {
  const model = await answering((response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': 1000 })
    response.write('half', () => response.socket!.end())
  })
  const { body } = await model.speak({ text: 'Hello', voice: 'alloy' })
  for (let turns = 0; turns < 50; turns++) await turn()
  await expect(Array.fromAsync(body)).rejects.toMatchObject({ code: 'upstream_failed' })
})

test('Azure has another address and another header', async () => {
  const model = await answering((response, path) => json({ text: path })(response), { kind: 'azure' })
  const { text } = await model.transcribe(wish())
  expect(text).toBe('/openai/deployments/whisper/audio/transcriptions?api-version=2024-10-21 sk-test')
})
