import type { Problem } from '@jarvis/contracts/errors.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendSse, type SseEvent } from '#http/sse.ts'
import { AppError } from '#lib/app-error.ts'
import { type createChunks, type Frame, type Whole } from './chat-answer.ts'
import type { Delta } from './delta-queue.ts'
import { type OpenAiError, toOpenAiError } from './openai-error.ts'
import { opened, type Telling } from './telling.ts'

/** How an answer is written as a stream. */
export type Writer = {
  begin(): SseEvent[]
  add(delta: Delta): SseEvent[]
  end(whole: Whole): SseEvent[]
  failed(error: OpenAiError): SseEvent
}

/** A proxy gives up on a connection that says nothing for a minute. */
export const firstSignMs = 15_000

type Streaming = { telling: Telling; frame: Frame; writer: Writer }

/** A failure before the first sign of an answer is a status, one in the middle the last event. */
export async function sendAnswer(request: FastifyRequest, reply: FastifyReply, { telling, frame, writer }: Streaming): Promise<void> {
  const events = await opened(toEvents(telling, frame, writer), firstSignMs)
  await sendSse(
    request,
    reply,
    async () => events,
    (problem) => writer.failed(errorOf(problem)),
  )
}

async function* toEvents(telling: Telling, frame: Frame, writer: Writer): AsyncGenerator<SseEvent[]> {
  for (let isFirst = true; ; isFirst = false) {
    const step = await telling.next()
    const begun = isFirst ? writer.begin() : []
    if (step.done) {
      const { model, ...whole } = step.value
      frame.model = model
      yield [...begun, ...writer.end(whole)]
      return
    }
    yield [...begun, ...step.value.flatMap(writer.add)]
  }
}

/** Chunks of a chat, without names, then `[DONE]`. */
export function chatWriter(chunks: ReturnType<typeof createChunks>): Writer {
  const toChunk = (delta: Delta): string => {
    if (delta.type === 'call') return chunks.callStart(delta.id, delta.name)
    return delta.type === 'args' ? chunks.callArgs(delta.id, delta.delta) : chunks[delta.type](delta.delta)
  }
  return {
    begin: () => [],
    add: (delta) => [{ data: toChunk(delta) }],
    end: (whole) => [...chunks.end(whole)].map((data) => ({ data })),
    failed: (error) => ({ data: JSON.stringify({ error }) }),
  }
}

export const errorOf = ({ code, detail, params, errors }: Problem): OpenAiError =>
  toOpenAiError(new AppError(code, detail, { ...(params && { params }), ...(errors && { errors }) })).error
