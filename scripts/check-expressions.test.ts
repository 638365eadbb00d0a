import { expect, test } from 'vitest'
import { expressionFaults, expressionsIn, proveLinear, readAround } from './check-expressions.ts'

const nothing = new Set<string>()
const faultsOf = (text: string, excused = nothing) => expressionFaults(expressionsIn('api/src/x.ts', text), proveLinear, excused)

test.each([
  ['one that backtracks for ever', 'const a = /^(a+)+$/'],
  ['one that tries at each dash', 'const a = 1\nconst b = text.replace(/-{2,} ?end/g, "")'],
  ['one at the end of a text', 'const a = /[.,]+$/u'],
  ['one in a page', 'const a = <p title={text.replace(/\\s+$/, "")} />', 'x.tsx'],
  ['one whose parts come from elsewhere', 'const a = new RegExp(`^(?:${given})$`, "u")'],
])('%s is told', async (_what, text, path = 'x.ts') => {
  expect(await expressionFaults(expressionsIn(path, text), proveLinear, nothing)).toEqual([expect.stringContaining(path)])
})

test('one that is linear is proven, looks around it included', async () => {
  expect(await faultsOf('const a = /(?<=[.!?])\\s+|\\n+/u; const b = /(?<![a-z])[a-z]{18,}(?=\\s)/g.test(c)')).toEqual([])
})

test('an excuse holds for one expression in one file, and not longer than that is there', async () => {
  const excused = new Set(['api/src/x.ts: /a+$/'])
  expect(await faultsOf('const a = /a+$/', excused)).toEqual([])
  expect(await faultsOf('const a = /a+$/g', excused)).toHaveLength(2)
  expect(await faultsOf('', excused)).toEqual([expect.stringContaining('there is no api/src/x.ts: /a+$/')])
})

test.each([
  ['(?<=[.!?])a|(?<!\\w)b', '[.!?]a|(?:^|[^\\w])b'],
  ['a(?=\\s)|b(?!c)|d(?=$|e)', 'a(?:\\s)|b(?:$|[^c])|d(?:$|e)'],
  // Inside of a repetition a look costs more than a character.
  ['(?:a(?=b))+', '(?:a(?=b))+'],
])('%s is proven as %s', (source, read) => expect(readAround(source)).toBe(read))
