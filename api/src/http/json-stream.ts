import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { slowMs } from './sse.ts'

const chunkCharacters = 64 * 1024

/**
 * Sends a value as JSON of any size in constant memory: an async iterable in it becomes an array, whose items are asked for as the client
 * reads. A client that leaves, or reads nothing for too long, ends the iteration; a failure cuts the answer, so that half of it never passes
 * for the whole.
 */
export function sendJsonStream(reply: FastifyReply, value: unknown): FastifyReply {
  const stream = Readable.from(
    patiently(inChunks(jsonOf(value)), () => stream.destroy(new Error('The client reads too slowly.'))),
    { objectMode: false, highWaterMark: chunkCharacters },
  )
  return reply.type('application/json; charset=utf-8').send(stream)
}

async function* jsonOf(value: unknown): AsyncGenerator<string> {
  if (isAsyncIterable(value)) {
    yield '['
    let separator = ''
    for await (const item of value) {
      yield separator
      yield* jsonOf(item)
      separator = ','
    }
    yield ']'
  } else if (typeof value === 'object' && value !== null && Object.values(value).some(isAsyncIterable)) {
    let separator = '{'
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue
      yield `${separator}${JSON.stringify(name)}:`
      yield* jsonOf(field)
      separator = ','
    }
    yield '}'
  } else yield JSON.stringify(value) ?? 'null'
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const text of texts) {
    chunk += text
    if (chunk.length < chunkCharacters) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

/** The time between two chunks is the reader's. */
async function* patiently(chunks: AsyncIterable<string>, giveUp: () => void): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    const tooSlow = setTimeout(giveUp, slowMs)
    try {
      yield chunk
    } finally {
      clearTimeout(tooSlow)
    }
  }
}
