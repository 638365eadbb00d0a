import { once } from 'node:events'
import fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { AppError } from '#lib/app-error.ts'
import { endStreamsOnClose, sendSse, type SseSource } from './sse.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function serve(source: SseSource, before: () => Promise<void> = async () => {}) {
  const app = fastify()
  endStreamsOnClose(app)
  app.decorateRequest('holdAccess', () => () => {})
  app.get('/', async (request, reply) => {
    await before()
    await sendSse(request, reply, source)
  })
  cleanups.push(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url }
}

test('a source that fails after its first events ends the stream, with a typed error as the last event', async () => {
  const { app, url } = await serve(async () => broken(new AppError('unavailable', 'The log is away.')))
  const answer = await fetch(url)
  expect(answer.status).toBe(200)
  const [first, last, ...rest] = (await answer.text()).split('\n\n')
  expect(first).toBe('id: 1\ndata: {}')
  expect(last).toMatch(/^event: error\ndata: \{/)
  expect(JSON.parse(last!.split('data: ')[1]!)).toMatchObject({ status: 503, code: 'unavailable', detail: 'The log is away.' })
  expect(rest).toEqual([''])
  expect(app.eventStreams.size).toBe(0)
})

test('one that fails before its first event, or in a way that nobody foresaw, ends the same way and says no more than that', async () => {
  const { url } = await serve(() => Promise.reject(new Error('select * from secrets')))
  const text = await (await fetch(url)).text()
  expect(text).toContain('"code":"internal"')
  expect(text).not.toContain('secrets')
})

test('a client that goes away ends the source', async () => {
  const aborted = Promise.withResolvers<void>()
  const { url } = await serve(async (signal) => {
    void once(signal, 'abort').then(() => aborted.resolve())
    return endless(signal)
  })
  const client = new AbortController()
  const { body } = await fetch(url, { signal: client.signal })
  await body!.getReader().read()
  client.abort()
  await expect(aborted.promise).resolves.toBeUndefined()
})

test('one that opens while the server closes ends at once, and holds up nothing', async () => {
  const [come, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { app, url } = await serve(
    async (signal) => endless(signal),
    async () => {
      come.resolve()
      await go.promise
    },
  )
  const asked = fetch(url)
  await come.promise
  const closed = app.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  go.resolve()
  await closed
  expect(await (await asked).text()).not.toContain('event: error')
})

async function* broken(error: Error) {
  yield [{ id: 1, data: '{}' }]
  throw error
}

async function* endless(signal: AbortSignal) {
  yield [{ id: 1, data: '{}' }]
  await once(signal, 'abort')
}
