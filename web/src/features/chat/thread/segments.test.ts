import type { ToolCall } from '@jarvis/contracts/parts.ts'
import { expect, test } from 'vitest'
import { segments } from './segments.ts'

const call = (id: string, offset: number): ToolCall => ({
  id,
  offset,
  name: 'web_search',
  args: '{}',
  result: null,
  status: 'running',
  durationMs: null,
  screenshot: null,
})
const shape = (content: string, ...offsets: number[]) =>
  segments(
    content,
    offsets.map((offset) => call(`c${offset}`, offset)),
  ).map((segment) => (segment.kind === 'text' ? segment.text : segment.calls.map(({ id }) => id)))

test.each([
  ['no calls', shape('Hello'), ['Hello']],
  ['a call before any text', shape('84', 0), [['c0'], '84']],
  ['a call between two paragraphs', shape('First.\n\nSecond.', 8), ['First.\n\n', ['c8'], 'Second.']],
  ['calls at one place', shape('ab', 1, 1), ['a', ['c1', 'c1'], 'b']],
  ['only blank text between calls', shape('a\n\nb', 1, 3), ['a', ['c1', 'c3'], 'b']],
  ['calls that come out of order', shape('abc', 2, 1), ['a', ['c1'], 'b', ['c2'], 'c']],
  ['a call past the end, after a rewind', shape('ab', 9), ['ab', ['c9']]],
  ['nothing', shape(''), []],
])('%s', (_name, actual, expected) => expect(actual).toEqual(expected))
