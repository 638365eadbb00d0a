import { expect, test } from 'vitest'
import { storableJson, storableText, unstorableIn } from './storable.ts'

test.each([
  ['plain ✓ 😀', 'plain ✓ 😀'],
  ['a\u0000b', 'ab'],
  ['half \ud83d', 'half \ufffd'],
])('%j is stored as %j', (text, stored) => {
  expect(storableText(text)).toBe(stored)
  expect(JSON.parse(storableJson({ deep: [text] }))).toEqual({ deep: [stored] })
})

test('where text stands that cannot be stored', () => {
  expect(unstorableIn({ a: [1, null, { b: 'x', c: 'y\u0000' }] })).toEqual({ path: 'a.2.c', message: 'must not contain NUL characters' })
  expect(unstorableIn({ '\ud800': 1 })).toEqual({ path: '', message: 'must be valid Unicode' })
  expect(unstorableIn({ a: ['x', { b: true }], c: undefined })).toBeNull()
})
