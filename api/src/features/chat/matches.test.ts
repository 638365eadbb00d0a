import { expect, test } from 'vitest'
import { snippetOf } from './matches.ts'

const marked = (text: string, q: string, isStart = true) => {
  const { snippet, ranges } = snippetOf(text, q, isStart)
  return ranges.toReversed().reduce((shown, [from, to]) => `${shown.slice(0, from)}<${shown.slice(from, to)}>${shown.slice(to)}`, snippet)
}

test.each<[string, string, string]>([
  ['The tides\n\nof the Moon', 'moon', 'The tides of the <Moon>'],
  ['tide and TIDE', 'Tide', '<tide> and <TIDE>'],
  [`${'👩‍👩‍👧‍👦'.repeat(30)} moon`, 'moon', `…${'👩‍👩‍👧‍👦'.repeat(3)} <moon>`],
  ['潮汐与月亮', '月亮', '潮汐与<月亮>'],
  ['İstanbul and moon', 'moon', 'İstanbul and moon'],
])('%s', (text, q, expected) => expect(marked(text, q)).toBe(expected))

test('what stands before and after is cut, and says so', () => {
  const shown = marked(`${'before '.repeat(40)}moon ${'after '.repeat(60)}`, 'moon', false)
  expect(shown).toMatch(/^…\w* (before ){3,6}<moon> (after )+\w*…$/)
})
