import type { RunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import type { RunStep } from '#lib/run-step.ts'
import { lostCharacters } from './lost-text.ts'

const said = (delta: string): RunEvent => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta })
const args = (delta: string): RunEvent => ({ type: 'TOOL_CALL_ARGS', toolCallId: 'a', delta })
const rewind: RunEvent = { type: 'CUSTOM', name: 'rewind', value: { messageId: 'm', length: 0 } }
const step: RunStep = {
  kind: 'model',
  model: 'x',
  text: 'Let me see. ',
  calls: [{ id: 'a', name: 'add', args: { x: 1 } }],
  inputTokens: 9,
  outputTokens: 9,
}

test('what was streamed past the last finished step was lost; what an earlier rewind took back was lost before', () => {
  expect(lostCharacters([], [])).toBe(0)
  expect(lostCharacters([said('It is '), said('lost')], [])).toBe('It is lost'.length)
  expect(lostCharacters([said('Let me see. '), args('{"x":'), args('1}')], [step])).toBe(0)
  expect(lostCharacters([said('Let me see. '), args('{"x":1}'), said('It is')], [step])).toBe('It is'.length)
  expect(lostCharacters([said('First try'), rewind, said('Let me see. '), args('{"x":1}'), args('{"y')], [step])).toBe('{"y'.length)
  // A log that was lost with its process knows less than the steps.
  expect(lostCharacters([], [step])).toBe(0)
})
