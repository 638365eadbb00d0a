import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { createPace, type Pace } from '#lib/pace.ts'
import { slowMs } from './sse.ts'

const chunkCharacters = 64 * 1024
/** Nobody waits for the next bytes of an export as others wait for their page: all of them have a third of the process at most. */
const ofAll = createPace({ rests: 2 })

/**
 * Sends a value as JSON of any size in constant memory: an async iterable in it becomes an array, whose items are asked for as the client
 * reads, and a chunk at a turn of all such streams. A client that leaves, or reads nothing for too long, ends the iteration; a failure cuts
 * the answer, so that half of it never passes for the whole.
 */
export const sendJsonStream = (reply: FastifyReply, value: unknown, pace: Pace = ofAll): FastifyReply =>
  sendTextStream(reply, jsonOf(value), 'application/json; charset=utf-8', pace)

/** The same of texts. */
export function sendTextStream(reply: FastifyReply, texts: AsyncIterable<string>, type: string, pace: Pace = ofAll): FastifyReply {
  const stream = Readable.from(
    patiently(inTurns(inChunks(texts), pace), () => stream.destroy(new Error('The client reads too slowly.'))),
    { objectMode: false, highWaterMark: chunkCharacters },
  )
  stream.once(
    'close',
    reply.request.holdAccess(() => stream.destroy(new Error('The access is no more.'))),
  )
  return reply.type(type).send(stream)
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

async function* inTurns(chunks: AsyncGenerator<string>, pace: Pace): AsyncGenerator<string> {
  try {
    for (;;) {
      const { done, value } = await pace(() => chunks.next())
      if (done) return
      yield value
    }
  } finally {
    await chunks.return(undefined)
  }
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
