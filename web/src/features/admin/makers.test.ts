import { expect, test } from 'vitest'
import { makerOf } from './makers.ts'

test.each([
  ['sk-ant-api03-abc', 'anthropic'],
  ['sk-proj-abc_DEF', 'openai'],
  ['sk-or-v1-0123', 'openrouter'],
  ['AIzaSyA0123', 'google'],
  ['gsk_abc', 'groq'],
  ['xai-abc', 'xai'],
  ['sk-0123456789abcdef0123456789abcdef', 'deepseek'],
  ['0123456789abcdefABCDEF0123456789', 'mistral'],
  ['', 'openai'],
  ['something else', 'openai'],
])('the key %j is of %s', (key, maker) => {
  expect(makerOf(key)).toBe(maker)
})
