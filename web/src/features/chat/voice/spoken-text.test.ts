import { expect, test } from 'vitest'
import { piecesOf, spokenText } from './spoken-text.ts'

test.each([
  ['**Bold** and _soft_, `code` too.', 'Bold and soft, code too.'],
  ['# Title\n\nText.', 'Title\nText.'],
  ['Before\n```js\nlet x = 1\n```\nAfter', 'Before\nAfter'],
  ['Sum:\n$$\nx^2\n$$\nDone', 'Sum:\nDone'],
  ['Cut\n```js\nlet x = 1', 'Cut'],
  ['See [the page](https://a.example/x) [1].', 'See the page.'],
  ['- one\n- two\n1. three', 'one\ntwo\nthree'],
  ['| a | b |\n| --- | --- |\n| 1 | 2 |', 'a b\n1 2'],
  ['At https://a.example/very/long now', 'At now'],
  ['', ''],
])('what is read of %j', (markdown, spoken) => {
  expect(spokenText(markdown)).toBe(spoken)
})

test('pieces end with a sentence, are no longer than they may be, and leave nothing out', () => {
  const text = 'One sentence. Another one! 三つ目。 And a fourth that has no end at all'
  const pieces = piecesOf(text, 24)
  expect(pieces[0]).toBe('One sentence.')
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(24)
  expect(pieces.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
  expect(piecesOf('x'.repeat(50), 20).map(({ length }) => length)).toEqual([20, 20, 10])
  expect(piecesOf('', 20)).toEqual([])
})
