import { expect, test } from 'vitest'
import { storableJson, storableText } from './storable.ts'

test.each([
  ['plain ✓ 😀', 'plain ✓ 😀'],
  ['a\u0000b', 'ab'],
  ['half \ud83d', 'half \ufffd'],
])('%j is stored as %j', (text, stored) => {
  expect(storableText(text)).toBe(stored)
  expect(JSON.parse(storableJson({ deep: [text] }))).toEqual({ deep: [stored] })
})
