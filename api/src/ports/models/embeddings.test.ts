import { expect, onTestFinished, test } from 'vitest'
import { type Script, startScriptedModel } from '../../../../simulators/openai/scripted.ts'
import { createProviderEmbeddings, openBundledEmbeddings } from './embeddings.ts'

const dot = (one: number[], other: number[]) => one.reduce((sum, value, index) => sum + value * other[index]!, 0)

function bundled() {
  const embeddings = openBundledEmbeddings()
  onTestFinished(() => embeddings[Symbol.asyncDispose]())
  return embeddings
}

test('the bundled encoder puts what is alike near, in unit vectors, in order', async () => {
  const { vectors, inputTokens } = await bundled().embed(['My dog is called Biscuit', 'What is the name of my dog?', 'The stock market fell today'])
  expect(inputTokens).toBe(0)
  expect(vectors.map(({ length }) => length)).toEqual([512, 512, 512])
  for (const vector of vectors) expect(dot(vector, vector)).toBeCloseTo(1, 6)
  expect(dot(vectors[0]!, vectors[1]!)).toBeGreaterThan(dot(vectors[0]!, vectors[2]!) + 0.2)
})

test('the bundled encoder takes any text: empty, huge, broken, and none', async () => {
  const embeddings = bundled()
  const { vectors } = await embeddings.embed(['', 'x'.repeat(1_000_000), '\uD800', '世界', '\0'])
  expect(vectors).toHaveLength(5)
  expect((await embeddings.embed([])).vectors).toEqual([])
})

test('a small job does not wait for the whole of a large one', async () => {
  const embeddings = bundled()
  await embeddings.warm()
  const ended: string[] = []
  await Promise.all([
    embeddings.embed(Array.from({ length: 100 }, (_, index) => `text ${index}`)).then(() => ended.push('large')),
    embeddings.embed(['small']).then(() => ended.push('small')),
  ])
  expect(ended).toEqual(['small', 'large'])
})

test('an aborted job rejects with its reason, and the encoder serves on', async () => {
  const embeddings = bundled()
  const stop = new AbortController()
  const long = embeddings.embed(
    Array.from({ length: 200 }, (_, index) => `text ${index}`),
    stop.signal,
  )
  stop.abort(new Error('stopped'))
  await expect(long).rejects.toThrow('stopped')
  expect((await embeddings.embed(['next'])).vectors).toHaveLength(1)
})

test('too many waiting jobs are refused, and closing ends them all', async () => {
  const embeddings = openBundledEmbeddings()
  const jobs = Array.from({ length: 300 }, (_, index) => embeddings.embed([`text ${index}`]).catch((error: { code: string }) => error.code))
  await embeddings[Symbol.asyncDispose]()
  const outcomes = await Promise.all(jobs)
  expect(outcomes.filter((outcome) => outcome === 'overloaded').length).toBeGreaterThan(30)
  expect(outcomes.filter((outcome) => outcome === 'unavailable').length).toBeGreaterThan(200)
  await expect(embeddings.embed(['later'])).rejects.toMatchObject({ code: 'unavailable' })
})

test('texts that wait together are encoded together, each as if it were alone', async () => {
  const embeddings = bundled()
  const texts = ['The Danube flows through four capitals', 'Hello', 'A long sentence about a river. '.repeat(20), 'Hello', '']
  const together = await Promise.all(texts.map((text) => embeddings.embed([text])))
  for (const [index, text] of texts.entries()) {
    const alone = (await bundled().embed([text])).vectors[0]!
    expect(dot(together[index]!.vectors[0]!, alone)).toBeCloseTo(1, 5)
  }
})

test('a text that was encoded before is there at once', async () => {
  const embeddings = bundled()
  await embeddings.warm()
  const [vector] = (await embeddings.embed(['My dog is called Biscuit'])).vectors
  const later: string[] = []
  await Promise.all([
    embeddings.embed(['another text']).then(() => later.push('another')),
    embeddings.embed(['My dog is called Biscuit']).then(({ vectors }) => later.push(vectors[0] === vector ? 'kept' : 'encoded again')),
  ])
  expect(later).toEqual(['kept', 'another'])
})

async function provider(script: Script, options: { timeoutMs?: number; dimensions?: number } = {}) {
  const server = await startScriptedModel(script)
  onTestFinished(() => server.close())
  return { server, embeddings: createProviderEmbeddings({ baseUrl: server.url, apiKey: 'sk-secret-0123456789', model: 'text/small', ...options }) }
}

test('a provider is asked once, and the vectors stay in order', async () => {
  const { server, embeddings } = await provider([], { dimensions: 64 })
  const texts = Array.from({ length: embeddings.textsMax }, (_, index) => `word${index}`)
  const { vectors, inputTokens } = await embeddings.embed(texts)
  expect(embeddings.id).toBe('text-small-64')
  expect(server.requests).toHaveLength(1)
  expect(vectors).toHaveLength(texts.length)
  expect(vectors[200]).toEqual((await embeddings.embed(['word200'])).vectors[0])
  expect(inputTokens).toBeGreaterThanOrEqual(texts.length)
})

test.each([
  [401, 'upstream_rejected'],
  [429, 'upstream_failed'],
  [500, 'upstream_failed'],
])('a provider that answers %i is %s', async (status, code) => {
  const { embeddings } = await provider(() => ({ status }))
  await expect(embeddings.embed(['text'])).rejects.toMatchObject({ code })
})

test('a provider that answers with something else fails', async () => {
  const { embeddings } = await provider(() => ({ status: 200, body: { data: [{ index: 5, embedding: [1, 0] }] } }))
  await expect(embeddings.embed(['text'])).rejects.toMatchObject({ code: 'upstream_failed' })
})

const neverAnswer = () => new Promise<never>(() => {})

test('a provider that does not answer is given up, and a stop rejects with its reason', async () => {
  const { embeddings } = await provider(neverAnswer, { timeoutMs: 100 })
  await expect(embeddings.embed(['text'])).rejects.toMatchObject({ code: 'upstream_timeout' })
  await expect(embeddings.embed(['text'], AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' })
})
