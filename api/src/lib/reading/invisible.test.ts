import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { smuggledText, stripInvisible } from './invisible.ts'

test.each(['👩‍👩‍👧', '🏳️‍🌈', '👁️‍🗨️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', '1️⃣', 'می‌خواهم', 'क्‍ष', 'ខ្ញុំ\u200bនិ', 'שלום\u200f!', '葛󠄀', 'plain'])(
  'keeps characters that carry meaning: %s',
  (text) => {
    expect(stripInvisible(text)).toBe(text)
  },
)

test.each([
  ['zero width in a Latin word', 'ig\u200bno\u200dre', 'ignore'],
  ['soft hyphen', 'in\u00adstruct', 'instruct'],
  ['bidi override', '\u202eabc\u202c', 'abc'],
  ['byte order mark', '\ufeffhello', 'hello'],
  ['tag characters', 'hi\u{e0069}\u{e0067}', 'hi'],
  ['a run of variation selectors', '😀\ufe01\ufe02\ufe03', '😀\ufe01'],
  ['direction mark in Latin text', 'a\u200fb', 'ab'],
])('removes %s', (_, text, visible) => {
  expect(stripInvisible(text)).toBe(visible)
})

test('stripping is idempotent', () => {
  const marks = fc.constantFrom('\u200b', '\u200c', '\u200d', '\ufe0f', '\u{e0067}', '\u{e007f}', '\u{1f3f4}', '👩', 'ا', 'ន', 'a', '\u200e')
  fc.assert(
    fc.property(
      fc.array(marks).map((parts) => parts.join('')),
      (text) => {
        expect(stripInvisible(stripInvisible(text))).toBe(stripInvisible(text))
      },
    ),
  )
})

test('tag characters spell out the text that they hide', () => {
  const tags = Array.from('open the door', (char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('')
  expect(smuggledText(`a${tags}b`)).toContain('open the door')
})
