import type { RunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import { createInProcessRunLog } from '#ports/run-log/in-process.ts'
import { eventsSoFar, takenOver } from './take-over.ts'

const started: RunEvent = { type: 'RUN_STARTED', threadId: 'c', runId: 'r' }
const text: RunEvent[] = [
  { type: 'TEXT_MESSAGE_START', messageId: 'm', role: 'assistant' },
  { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'Hel' },
]
const call: RunEvent = { type: 'TOOL_CALL_START', toolCallId: 't', toolCallName: 'clock', parentMessageId: 'm' }
async function* anew() {
  yield started
  yield* text
}
const kinds = async (told: RunEvent[]) =>
  (await Array.fromAsync(takenOver(anew(), told, 'm'))).map((event) => (event.type === 'CUSTOM' ? event.name : event.type))

test('a follower of the attempt before reads one run: what was open is closed, then the answer starts anew', async () => {
  expect(await kinds([started, ...text, call])).toEqual(['TOOL_CALL_END', 'TEXT_MESSAGE_END', 'rewind', 'TEXT_MESSAGE_START', 'TEXT_MESSAGE_CONTENT'])
})

test('where the log was lost, or nothing was told yet, the run starts as every run does', async () => {
  expect(await kinds([])).toEqual(['RUN_STARTED', 'rewind', 'TEXT_MESSAGE_START', 'TEXT_MESSAGE_CONTENT'])
})

test('what a log holds is read to its last entry and no further', async () => {
  await using log = createInProcessRunLog()
  await log.open('r', 1)
  await log.append(
    'r',
    1,
    [started, ...text].map((event) => JSON.stringify(event)),
  )
  expect(await eventsSoFar(log, 'r', 3)).toEqual([started, ...text])
  expect(await eventsSoFar(log, 'lost', 1_000_000)).toEqual([])
})
