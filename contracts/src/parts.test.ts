import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Interrupt } from './approvals.ts'
import {
  cutParts,
  flatOf,
  fromStored,
  messageParts,
  type Part,
  partCharactersMax,
  partsMax,
  partsOf,
  textOf,
  toolCallsOf,
  toStored,
} from './parts.ts'
import { emptyAnswer, foldRunEvent, type RunEvent } from './run.ts'

const text = fc.string({ minLength: 1, unit: 'binary' })
const told = fc.record({
  result: fc.option(text),
  args: text,
  status: fc.constantFrom('running', 'waiting', 'done', 'failed', 'denied', 'cancelled'),
  durationMs: fc.option(fc.nat()),
  screenshot: fc.option(text),
})
const other: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ type: fc.constant('reasoning' as const), text }),
  fc.record({ type: fc.constant('file' as const), fileId: fc.uuid(), name: text, mediaType: text }),
  fc.record({ type: fc.constant('image' as const), fileId: fc.uuid(), mediaType: text }),
)
const interrupt = (id: string) => ({ id, toolCallId: id }) as Interrupt

/** Messages as a fold makes them: a result behind its call, what waits at the end. */
const messagesOf = (more: fc.Arbitrary<Part>[]): fc.Arbitrary<Part[]> =>
  fc.tuple(fc.array(fc.oneof(text, told, ...more), { maxLength: 12 }), fc.nat(2)).map(([pieces, waiting]) => [
    ...pieces.flatMap((piece, index): Part[] => {
      if (typeof piece === 'string') return [{ type: 'text', text: piece }]
      if ('type' in piece) return [piece]
      const { result, ...call } = piece
      const id = `call-${index}`
      return [
        { type: 'tool_call', id, name: 'probe', ...call },
        ...(result === null ? [] : [{ type: 'tool_result' as const, toolCallId: id, text: result }]),
      ]
    }),
    ...Array.from({ length: waiting }, (_, index): Part => ({ type: 'approval', interrupt: interrupt(`wait-${index}`) })),
  ])
const messages = messagesOf([other])
const joined = (parts: Part[]) =>
  parts.reduce<Part[]>((all, part) => {
    const last = all.at(-1)
    return part.type === 'text' && last?.type === 'text' ? [...all.slice(0, -1), { type: 'text', text: last.text + part.text }] : [...all, part]
  }, [])

test('what is stored of a message’s parts, with its text and calls, is the message', () => {
  fc.assert(
    fc.property(messages, (parts) => {
      expect(fromStored(JSON.parse(JSON.stringify(toStored(parts))), flatOf(parts))).toEqual(parts)
    }),
  )
})

test('text and calls say all of a message of text and calls, both ways', () => {
  fc.assert(
    fc.property(messagesOf([]), (parts) => {
      const flat = flatOf(parts)
      expect(partsOf(flat)).toEqual(joined(parts))
      expect(flatOf(partsOf(flat))).toEqual(flat)
    }),
  )
})

test('what a release without parts wrote, or wrote anew, is read by its text and calls', () => {
  fc.assert(
    fc.property(messages, messagesOf([]), (before, after) => {
      const flat = flatOf(after)
      expect(fromStored(null, flat)).toEqual(partsOf(flat))
      // It says itself whether it is of this text and these calls.
      expect(flatOf(fromStored(toStored(before), flat))).toEqual(flat)
    }),
  )
})

test('an approval that was answered by a release without parts is gone, and the rest stands', () => {
  fc.assert(
    fc.property(messages, (parts) => {
      const answered = parts.filter(({ type }) => type !== 'approval')
      expect(fromStored(toStored(parts), { ...flatOf(parts), interrupts: [] })).toEqual(answered)
    }),
  )
})

test('a cut keeps just so much text, and the calls before its end', () => {
  fc.assert(
    fc.property(messages, fc.nat(40), (parts, length) => {
      const cut = cutParts(parts, length)
      expect(textOf(cut)).toBe(textOf(parts).slice(0, length))
      expect(toolCallsOf(cut)).toEqual(toolCallsOf(parts).filter(({ offset }) => offset < length))
    }),
  )
})

test('the wire shows text, pictures, files and reasoning as parts, and the text of them is the content', () => {
  fc.assert(
    fc.property(messages, (parts) => {
      expect(textOf(messageParts(parts))).toBe(flatOf(parts).content)
    }),
  )
})

const id = fc.constantFrom('a', 'b', 'c')
const event: fc.Arbitrary<RunEvent> = fc.oneof(
  { weight: 3, arbitrary: text.map((delta): RunEvent => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta })) },
  id.map((toolCallId): RunEvent => ({ type: 'TOOL_CALL_START', toolCallId, toolCallName: 'probe', parentMessageId: 'm' })),
  fc.tuple(id, text).map(([toolCallId, delta]): RunEvent => ({ type: 'TOOL_CALL_ARGS', toolCallId, delta })),
  fc.tuple(id, text).map(([toolCallId, content]): RunEvent => ({ type: 'TOOL_CALL_RESULT', messageId: 'r', toolCallId, content, role: 'tool' })),
  fc.nat(20).map((length): RunEvent => ({ type: 'CUSTOM', name: 'rewind', value: { messageId: 'm', length } })),
)

test('whatever a run tells, the parts of an answer say what its text and calls say', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const answer = events.reduce(foldRunEvent, emptyAnswer)
      expect({ content: answer.content, toolCalls: answer.toolCalls, interrupts: answer.interrupts }).toEqual(flatOf(answer.parts))
      expect(fromStored(toStored(answer.parts), flatOf(answer.parts))).toEqual(answer.parts)
    }),
  )
})

test('the end of a text and of a call counts, whatever pieces were lost on the way', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (events, isLost) => {
      const whole = events.reduce(foldRunEvent, emptyAnswer)
      const pieces = new Set(['TEXT_MESSAGE_CONTENT', 'TOOL_CALL_ARGS'])
      const ends: RunEvent[] = [
        ...whole.toolCalls.map(({ id: toolCallId, args }): RunEvent => ({ type: 'TOOL_CALL_END', toolCallId, args })),
        { type: 'TEXT_MESSAGE_END', messageId: 'm', content: whole.content, finishReason: 'length' },
      ]
      const some = events.filter(({ type }, index) => type !== 'CUSTOM' && !(pieces.has(type) && isLost[index]))
      const all = events.filter(({ type }) => type !== 'CUSTOM').reduce(foldRunEvent, emptyAnswer)
      const mended = [...some, ...ends].reduce(foldRunEvent, emptyAnswer)
      expect(mended).toMatchObject({ content: whole.content, finishReason: 'length' })
      expect(all.toolCalls.map((call) => call.id)).toEqual(mended.toolCalls.map((call) => call.id))
      for (const { id: known, args } of whole.toolCalls) expect(mended.toolCalls.find((call) => call.id === known)?.args).toBe(args)
    }),
  )
})

test('an answer has so many parts, and so much text in one, and no more', () => {
  const long: RunEvent = { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'x'.repeat(partCharactersMax - 1) }
  const twice = [long, long].reduce(foldRunEvent, emptyAnswer)
  expect(twice.content).toHaveLength(partCharactersMax)
  expect(textOf(twice.parts)).toBe(twice.content)
  const calls = Array.from({ length: partsMax + 5 }, (_, index): RunEvent => ({
    type: 'TOOL_CALL_START',
    toolCallId: `${index}`,
    toolCallName: 'p',
    parentMessageId: 'm',
  }))
  expect(calls.reduce(foldRunEvent, emptyAnswer).parts).toHaveLength(partsMax)
})
