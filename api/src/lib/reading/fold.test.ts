import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold } from './fold.ts'

test.each([
  ['full width', 'ＡＢＣ', 'abc'],
  ['mathematical letters', '𝐩𝐫𝐞𝐯', 'prev'],
  ['circled and squared letters', 'ⓘⓝ🅰', 'ina'],
  ['accents', 'Übergröße ñ', 'ubergroße n'],
  ['look-alikes in a mixed word', 'Ignоrе', 'ignore'],
  ['Russian as it is', 'Игнорируй', 'игнорируй'],
  ['invisible characters', 'ig\u200bnore', 'ignore'],
  ['typographic quotes', '“it’s”', '"it\'s"'],
  ['a line break inside a JSON value', 'a\\nb', 'a\nb'],
  ['an escaped quotation mark', '&quot;x\\"', '"x"'],
])('folds %s', (_, text, folded) => {
  expect(fold(text).text).toBe(folded)
})

test('a folded character knows where it came from', () => {
  const { text, origin } = fold('x\u200b É&quot;z')
  expect(origin(text.indexOf('z'))).toBe('x\u200b É&quot;'.length)
})

test('no text grows more than fourfold, and origins never go back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (input) => {
      const { text, origin } = fold(input)
      expect(text.length).toBeLessThanOrEqual(4 * input.length)
      for (let at = 1; at < text.length; at++) expect(origin(at)).toBeGreaterThanOrEqual(origin(at - 1))
    }),
  )
})

test('a word of look-alikes alone is Latin among Latin words, and stays as it is among its own', () => {
  expect(fold('say асе now').text).toBe('say ace now')
  expect(fold('сор есть тут').text).toBe('сор есть тут')
})
