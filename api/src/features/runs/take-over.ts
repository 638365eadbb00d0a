import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { RunLog } from '#ports/run-log/index.ts'

const readMsMax = 5000

/** What the log of a run holds up to `lastSeq`; nothing when the log was lost with its process. */
export async function eventsSoFar(runLog: RunLog, runId: string, lastSeq: number): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  if (lastSeq % 1_000_000 === 0) return events
  const enough = new AbortController()
  // A log that is lost just now never gets there; what is written to it next is refused.
  for await (const batch of runLog.follow(runId, 0, AbortSignal.any([enough.signal, AbortSignal.timeout(readMsMax)]))) {
    for (const { json } of batch) events.push(JSON.parse(json) as RunEvent)
    if ((batch.at(-1)?.seq ?? 0) >= lastSeq) enough.abort()
  }
  return events
}

/**
 * Another attempt's events, so that a follower of the one before still reads one well-formed AG-UI run: one RUN_STARTED, what was left
 * open is closed, and `rewind` says that the answer is told anew.
 */
export async function* takenOver(
  events: AsyncIterable<RunEvent> | Iterable<RunEvent>,
  told: RunEvent[],
  messageId: string,
): AsyncGenerator<RunEvent> {
  yield* closing(told)
  const isStarted = told.some(({ type }) => type === 'RUN_STARTED')
  const rewind: RunEvent = { type: 'CUSTOM', name: 'rewind', value: { messageId, length: 0 } }
  if (isStarted) yield rewind
  for await (const event of events) {
    if (event.type !== 'RUN_STARTED') yield event
    else if (!isStarted) {
      yield event
      yield rewind
    }
  }
}

function closing(told: RunEvent[]): RunEvent[] {
  const open = new Map<string, RunEvent>()
  for (const event of told) {
    if (event.type === 'TEXT_MESSAGE_START') open.set(event.messageId, { type: 'TEXT_MESSAGE_END', messageId: event.messageId })
    else if (event.type === 'TEXT_MESSAGE_END') open.delete(event.messageId)
    else if (event.type === 'TOOL_CALL_START') open.set(event.toolCallId, { type: 'TOOL_CALL_END', toolCallId: event.toolCallId })
    else if (event.type === 'TOOL_CALL_END') open.delete(event.toolCallId)
  }
  return [...open.values()].toReversed()
}
