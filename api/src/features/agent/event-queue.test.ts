import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { createEventQueue } from './event-queue.ts'

test('deltas that arrive before the reader’s turn become one event', async () => {
  const queue = createEventQueue('m')
  for (const delta of ['a', 'b', '', 'c']) queue.sink.text(delta)
  queue.close()
  expect((await Array.fromAsync(queue)).flat()).toEqual([
    { type: 'TEXT_MESSAGE_START', messageId: 'm', role: 'assistant' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'abc' },
    { type: 'TEXT_MESSAGE_END', messageId: 'm', content: 'abc', finishReason: null },
  ])
})

test('so do the arguments of a call, each call’s by themselves', async () => {
  const queue = createEventQueue('m')
  for (const id of ['a', 'b']) queue.sink.toolCallStart(id, 'probe')
  for (const [id, delta] of Object.entries({ a: '{"x":', b: '{}' })) for (const letter of delta) queue.sink.toolCallArgs(id, letter)
  queue.sink.toolCallArgs('a', '1}')
  queue.close()
  const events = (await Array.fromAsync(queue)).flat()
  expect(events.filter(({ type }) => type === 'TOOL_CALL_ARGS')).toEqual([
    { type: 'TOOL_CALL_ARGS', toolCallId: 'a', delta: '{"x":' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 'b', delta: '{}' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 'a', delta: '1}' },
  ])
  expect(events.filter(({ type }) => type === 'TOOL_CALL_END')).toMatchObject([{ args: '{"x":1}' }, { args: '{}' }])
})

test('whatever the pauses between deltas, no character is lost, doubled or out of order, and every start has its end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.constant(null)), { maxLength: 40 }), async (steps) => {
      const queue = createEventQueue('m')
      const read = Array.fromAsync(queue)
      for (const [index, step] of steps.entries()) {
        if (step === null) queue.sink.toolCallStart(`t${index}`, 'probe')
        else queue.sink.text(step)
        if (index % 3 === 0) await Promise.resolve()
      }
      queue.close()
      const events: RunEvent[] = (await read).flat()
      const count = (type: RunEvent['type']) => events.filter((event) => event.type === type).length
      expect(events.reduce(foldRunEvent, emptyAnswer).content).toBe(steps.filter((step) => step !== null).join(''))
      expect(count('TOOL_CALL_START')).toBe(count('TOOL_CALL_END'))
      expect(count('TEXT_MESSAGE_START')).toBe(count('TEXT_MESSAGE_END'))
    }),
  )
})
