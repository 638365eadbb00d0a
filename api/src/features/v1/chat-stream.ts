import type { Problem } from '@jarvis/contracts/errors.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendSse, type SseEvent } from '#http/sse.ts'
import { AppError } from '#lib/app-error.ts'
import { createChunks, type Frame } from './chat-answer.ts'
import type { Delta } from './delta-queue.ts'
import { toOpenAiError } from './openai-error.ts'
import { opened, type Telling } from './telling.ts'

type Streaming = { telling: Telling; frame: Frame; includeUsage: boolean }

/** A proxy gives up on a connection that says nothing for a minute. */
const firstSignMs = 15_000

/** `chat.completion.chunk` events, then `[DONE]`. A failure before the first of them is a status, one in the middle the last event. */
export async function sendChunks(request: FastifyRequest, reply: FastifyReply, { telling, frame, includeUsage }: Streaming): Promise<void> {
  const events = await opened(toEvents(telling, frame, includeUsage), firstSignMs)
  await sendSse(request, reply, async () => events, failedEvent)
}

async function* toEvents(telling: Telling, frame: Frame, includeUsage: boolean): AsyncGenerator<SseEvent[]> {
  const chunks = createChunks(frame, includeUsage)
  const toChunk = (delta: Delta): string => {
    if (delta.type === 'call') return chunks.callStart(delta.id, delta.name)
    return delta.type === 'args' ? chunks.callArgs(delta.id, delta.delta) : chunks[delta.type](delta.delta)
  }
  for (;;) {
    const step = await telling.next()
    if (step.done) {
      const { model, ...whole } = step.value
      frame.model = model
      yield [...chunks.end(whole)].map((data) => ({ data }))
      return
    }
    yield step.value.map((delta) => ({ data: toChunk(delta) }))
  }
}

const failedEvent = ({ code, detail, params, errors }: Problem): SseEvent => ({
  data: JSON.stringify({ error: toOpenAiError(new AppError(code, detail, { ...(params && { params }), ...(errors && { errors }) })).error }),
})
