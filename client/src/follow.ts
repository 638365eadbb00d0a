import type { Problem } from '@jarvis/contracts/errors.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { ProblemError, problemOf, toProblemError, unreachable } from './problem.ts'

export type FollowOptions = {
  /** Only events with a greater `seq`. */
  after?: number
  signal?: AbortSignal
}
export type FollowedEvent = { seq: number; event: RunEvent }

const triesMax = 6
const firstWaitMs = 250

/**
 * A run's events, each once and in order, to the last one. When the connection breaks it is opened again from the last event.
 * @throws {ProblemError} a refusal; `network` once six tries in a row brought nothing
 */
export async function* follow(
  { baseUrl, token }: { baseUrl: string; token: string },
  runId: string,
  { after = 0, signal }: FollowOptions = {},
): AsyncGenerator<FollowedEvent, void> {
  let seq = after
  for (let failures = 0; ; failures++) {
    if (failures > 0) await pause(firstWaitMs * 2 ** (failures - 1), signal)
    try {
      for await (const followed of stream(`${baseUrl}/api/v1/runs/${encodeURIComponent(runId)}/events`, { token, seq, signal })) {
        failures = 0
        seq = followed.seq
        yield followed
        if (followed.event.type === 'RUN_FINISHED' || followed.event.type === 'RUN_ERROR') return
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof ProblemError) || error.code !== 'network') throw error
    }
    if (failures + 1 >= triesMax) throw unreachable()
  }
}

type Stream = { token: string; seq: number; signal: AbortSignal | undefined }

/** One connection. @throws {ProblemError} */
async function* stream(url: string, { token, seq, signal }: Stream): AsyncGenerator<FollowedEvent, void> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'last-event-id': String(seq) }
  const response = await fetch(url, { headers, signal: signal ?? null }).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  // A server that restarts, or a proxy before one.
  if ([502, 503, 504].includes(response.status)) throw unreachable(await problemOf(response))
  if (!response.ok) throw await problemOf(response)
  const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await events.read().catch((cause: unknown) => {
        throw unreachable(cause)
      })
      if (done) return
      if (value.event === 'error') throw toProblemError(JSON.parse(value.data) as Problem, {})
      yield { seq: Number(value.id), event: JSON.parse(value.data) as RunEvent }
    }
  } finally {
    await events.cancel().catch(() => undefined)
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
