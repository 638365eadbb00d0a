import { expect, test } from 'vitest'
import { parseJson } from './parse-json.ts'
import { parseObject } from './parse-object.ts'

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

test('what is nested beyond measure is no JSON; brackets in strings do not count', () => {
  expect(() => parseJson(nested(100_000))).toThrow(SyntaxError)
  expect(() => parseJson('{"a":'.repeat(100_000))).toThrow(SyntaxError)
  expect(parseObject(`{"a":${nested(100_000)}}`)).toBeNull()
  expect(parseJson(nested(200))).toHaveLength(1)
  const text = `\\"${'['.repeat(1000)}\\`
  expect(parseJson(JSON.stringify([text, { [text]: text }]))).toEqual([text, { [text]: text }])
  expect(parseJson(`[${'[],'.repeat(1000)}{}]`)).toHaveLength(1001)
})
