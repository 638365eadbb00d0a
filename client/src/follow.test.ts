import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { follow } from './follow.ts'

const written = (seq: number, event: object) => `id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`
const delta = (text: string) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: text })
const finished = { type: 'RUN_FINISHED', threadId: 't', runId: 'r' }

/** A server whose nth request is answered by the nth function. */
async function serve(...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    answers[asked.length - 1]!(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    at: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'jv_1' },
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

const stream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })
const problem = (response: ServerResponse, status: number, code: string) =>
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code, status, title: 'No', detail: 'No.' }))

test('a run is followed over a broken connection and a restart, each event once', async () => {
  await using server = await serve(
    (_request, response) => {
      stream(response).write(written(1, delta('a')) + written(2, delta('b')) + 'id: 3\ndata: {"type":"TEXT_ME', () => response.destroy())
    },
    (_request, response) => void problem(response, 503, 'unavailable'),
    (_request, response) => void stream(response).end(`: \n\n${written(3, delta('c'))}${written(4, finished)}`),
  )
  const events = await Array.fromAsync(follow(server.at, 'r'))
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  expect(server.asked).toEqual(['0', '2', '2'])
})

test('a refusal is thrown at once, be it before the stream or in it; an abort ends it', async () => {
  const aborted = new AbortController()
  await using server = await serve(
    (_request, response) => void problem(response, 404, 'not_found'),
    (_request, response) => {
      stream(response).end(`${written(1, delta('a'))}event: error\ndata: {"code":"unauthenticated","status":401,"title":"No","detail":"Ended."}\n\n`)
    },
    (_request, response) => void stream(response).write(written(1, delta('a'))),
  )
  await expect(Array.fromAsync(follow(server.at, 'r'))).rejects.toMatchObject({ code: 'not_found', status: 404 })
  await expect(Array.fromAsync(follow(server.at, 'r'))).rejects.toMatchObject({ code: 'unauthenticated', message: 'Ended.' })
  const events = follow(server.at, 'r', { signal: aborted.signal })
  await events.next()
  const next = expect(events.next()).rejects.toThrow('enough')
  aborted.abort(new Error('enough'))
  await next
  expect(server.asked).toHaveLength(3)
})
