import fc from 'fast-check'
import { expect, test } from 'vitest'
import { titleIn, titleOf } from './title.ts'

const characters = (text: string) => Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment)

test('a title is never cut inside what is one character to a person', () => {
  const one = fc.constantFrom('👩‍👩‍👧‍👦', '🇩🇪', 'é', '重', 'x', ' ', '👍🏽', '\n')
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 150 }), (written) => {
      const title = titleOf(written.join('')).replace(/…$/, '')
      const whole = characters(written.join('').replace(/\s+/gu, ' ').trim())
      const kept = characters(title)
      expect(whole.slice(0, kept.length)).toEqual(kept)
      expect(kept.length).toBeLessThanOrEqual(60)
    }),
  )
})

test('it ends between two words, where there are some', () =>
  expect(titleOf(`${'word '.repeat(11)}another one that is far too long`)).toBe(`${'word '.repeat(11).trim()}…`))

test.each([
  ['Hi Jarvis, could you please draw up a plan?', 'Draw up a plan?'],
  ['Please remember that I like tea', 'Remember that I like tea'],
  ['Hello', 'Hello'],
  ['Hello from my desk', 'Hello from my desk'],
  ['Hey, what is new?', 'What is new?'],
  ['Hi there', 'Hi there'],
  ['Can you?', 'Can you?'],
])('%s', (content, title) => expect(titleOf(content)).toBe(title))

test.each([
  ['"Tides and the moon."', 'Tides and the moon'],
  ['# **Tides**\n\nHere is more.', 'Tides'],
  ['What is C#', 'What is C#'],
  ['Title: 「潮の満ち引き」', '潮の満ち引き'],
  ['', null],
  ['There are two tides a day because the earth turns below two bulges of water, one of which is on the far side.', null],
])('of what a model wrote, %j, the title is %j', (written, title) => expect(titleIn(written)).toBe(title))
