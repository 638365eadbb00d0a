import fc from 'fast-check'
import { expect, test } from 'vitest'
import { passagesOf } from './passages.ts'

const section = fc.record({
  page: fc.option(fc.nat(), { nil: null }),
  heading: fc.constant(null),
  text: fc.string({ unit: fc.constantFrom('a', ' ', '\n', '. ', '。', '😀', 'word '), maxLength: 4000 }),
})

test('passages are the whole text, each character once, in pieces of a bounded length', () => {
  fc.assert(
    fc.property(fc.array(section, { maxLength: 4 }), (sections) => {
      const passages = passagesOf(sections)
      const whole = sections.map(({ text }) => text).join('')
      expect(passages.map(({ text }) => text).join('')).toBe(whole)
      for (const { start, text } of passages) {
        expect(text.length).toBeLessThanOrEqual(1500)
        expect(text.isWellFormed()).toBe(true)
        expect(whole.slice(start, start + text.length)).toBe(text)
      }
    }),
  )
})

test('a piece ends where a paragraph does, if one does, and keeps its page and heading', () => {
  const [first, second] = passagesOf([{ page: 2, heading: 'Tides', text: `${'a'.repeat(1000)}\n\n${'b'.repeat(1000)}` }])
  expect(first).toEqual({ position: 0, start: 0, page: 2, heading: 'Tides', text: `${'a'.repeat(1000)}\n\n` })
  expect(second).toMatchObject({ position: 1, start: 1002, page: 2, text: 'b'.repeat(1000) })
})
