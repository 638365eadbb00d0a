import { expect, test, vi } from 'vitest'
import type { EventFrame } from '#lib/chat-socket.ts'
import { createAnswers } from './answers.ts'

const frame = (seq: number, event: EventFrame['event']): EventFrame => ({ type: 'event', conversationId: 'c', runId: 'r', seq, event })
const text = (seq: number, delta: string) => frame(seq, { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta })

test('many events in one frame are one change', () => {
  const flushes: (() => void)[] = []
  const answers = createAnswers(
    () => {},
    (flush) => flushes.push(flush),
  )
  const changed = vi.fn<() => void>()
  answers.subscribe('r', changed)
  for (const [index, delta] of ['Hel', 'lo', '!'].entries()) answers.receive(text(index + 1, delta))
  expect(flushes).toHaveLength(1)
  flushes[0]!()
  expect(changed).toHaveBeenCalledOnce()
  expect(answers.get('r')?.content).toBe('Hello!')
})

test('the end is told once, with the whole answer', () => {
  const onEnd = vi.fn<(frame: EventFrame, answer: { content: string; status: string }) => void>()
  const answers = createAnswers(onEnd, () => {})
  answers.receive(text(1, 'Hi'))
  expect(onEnd).not.toHaveBeenCalled()
  answers.receive(frame(2, { type: 'RUN_FINISHED', threadId: 'c', runId: 'r' }))
  expect(onEnd).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ runId: 'r' }),
    expect.objectContaining({ content: 'Hi', status: 'complete' }),
  )
})
