import fc from 'fast-check'
import { marked } from 'marked'
import { expect, test } from 'vitest'
import { createSplitter } from './blocks.ts'

const whole = (text: string) => marked.lexer(text).map(({ raw }) => raw)
const visible = (blocks: string[]) => blocks.filter((raw) => raw.trim())

test('an answer is cut at its blocks, and nothing is lost', () => {
  const text = '# Title\n\nSome *text*.\n\n- a\n- b\n\n```ts\nconst a = 1\n\nconst b = 2\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |\n'
  const blocks = createSplitter()(text, false)
  expect(blocks.join('')).toBe(text)
  expect(visible(blocks)).toHaveLength(5)
})

test('what is still open is closed for show', () => {
  expect(createSplitter()('A **bold', true)).toEqual(['A **bold**'])
})

const piece = fc.constantFrom(
  'A paragraph',
  '\n',
  '\n\n',
  '- item\n',
  '1. one\n',
  '> quote\n',
  '```js\n',
  'let x\n',
  '```\n',
  '| a | b |\n| - | - |\n',
  '    indented\n',
  '# Head\n',
  '---\n',
  ' and more',
)

test('however an answer is streamed, the blocks before the last are those of the whole text', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const split = createSplitter()
      let text = ''
      let streamed: string[] = []
      for (const next of pieces) streamed = split((text += next), true)
      expect(streamed.slice(0, -1)).toEqual(whole(text).slice(0, -1))
    }),
    { numRuns: 400 },
  )
})

test('a text that was rewound is cut anew', () => {
  const split = createSplitter()
  split('One\n\nTwo\n\nThree\n\nFour\n\nFive', true)
  expect(visible(split('One\n\nOther', true))).toEqual(['One', 'Other'])
})
