import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createPace, type Pace } from '#lib/pace.ts'
import { sendJsonStream } from './json-stream.ts'

/** A server that streams so many rows and counts those that it was asked for. */
async function serve(rowsMax: number, failAt = Infinity, pace?: Pace) {
  const asked = { rows: 0, ended: Promise.withResolvers<void>() }
  async function* rows() {
    try {
      for (; asked.rows < rowsMax; asked.rows++) {
        if (asked.rows === failAt) throw new Error('the database went away')
        yield { id: asked.rows, text: 'ä"\n'.repeat(1000), parts: (async function* () {})() }
      }
    } finally {
      asked.ended.resolve()
    }
  }
  const app = fastify()
  app.decorateRequest('holdAccess', () => () => {})
  app.get('/', (_request, reply) => sendJsonStream(reply, { user: { name: 'Ada' }, nothing: undefined, rows: rows() }, pace))
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  return { asked, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/` }
}

test('what is streamed is valid JSON', async () => {
  const { url } = await serve(50)
  const body = (await (await fetch(url)).json()) as { rows: object[] }
  expect(Object.keys(body)).toEqual(['user', 'rows'])
  expect(body.rows).toHaveLength(50)
  expect(body.rows[7]).toEqual({ id: 7, text: 'ä"\n'.repeat(1000), parts: [] })
  expect(await (await fetch((await serve(0)).url)).json()).toEqual({ user: { name: 'Ada' }, rows: [] })
})

test('rows are asked for as the client reads, and no more once it leaves', async () => {
  const { asked, url } = await serve(1_000_000)
  const request = get(url)
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  response.pause()
  // Until the buffers of both ends are full nothing says that the server has stopped: it has when turns bring no more rows.
  for (let before = -1, still = 0; still < 200; still = asked.rows === before ? still + 1 : 0) {
    before = asked.rows
    await turn()
  }
  expect(asked.rows).toBeLessThan(20_000)
  response.destroy()
  await asked.ended.promise
  expect(asked.rows).toBeLessThan(20_000)
})

test('a failure in the middle cuts the answer, so that it is not taken for the whole', async () => {
  const { url } = await serve(1000, 500)
  const response = await fetch(url)
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow()
})

test('between two turns of the event loop there is no more than a chunk, however fast the source and the reader are', async () => {
  const { asked, url } = await serve(2000, Infinity, createPace({ rests: 0 }))
  let [before, rowsMax] = [0, 0]
  let isRead = false
  const reading = fetch(url)
    .then((response) => response.arrayBuffer())
    .finally(() => (isRead = true))
  while (!isRead) {
    rowsMax = Math.max(rowsMax, asked.rows - before)
    before = asked.rows
    await turn()
  }
  expect((await reading).byteLength).toBeGreaterThan(10_000_000)
  // A row has 5,000 characters, and there is a row that fills the chunk.
  expect(rowsMax).toBeGreaterThan(0)
  expect(rowsMax).toBeLessThanOrEqual(15)
})

test('all streams of the process take turns', async () => {
  let atOnce = 0
  let atOnceMax = 0
  let turns = 0
  const pace: Pace = createPace({ rests: 0 })
  const counted: Pace = (work) =>
    pace(async () => {
      turns++
      atOnceMax = Math.max(atOnceMax, ++atOnce)
      await turn()
      return await work().finally(() => atOnce--)
    })
  const servers = [await serve(200, Infinity, counted), await serve(200, Infinity, counted)]
  const bodies = await Promise.all(servers.map(async ({ url }) => (await (await fetch(url)).json()) as { rows: object[] }))
  expect(bodies.map(({ rows }) => rows.length)).toEqual([200, 200])
  expect(turns).toBeGreaterThan(20)
  expect(atOnceMax).toBe(1)
})
