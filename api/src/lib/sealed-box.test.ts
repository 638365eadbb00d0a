import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { openBox, sealBox } from './sealed-box.ts'

const key = randomBytes(32)

test('a box opens with its key in its row alone, and not after a change of any byte', () => {
  const box = sealBox(key, 'row', 'sk-secret')
  expect(openBox(key, 'row', box)).toBe('sk-secret')
  expect(sealBox(key, 'row', 'sk-secret')).not.toBe(box)
  expect(openBox(key, 'other', box)).toBeNull()
  expect(openBox(randomBytes(32), 'row', box)).toBeNull()
  const bytes = Buffer.from(box, 'base64')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    expect(openBox(key, 'row', changed.toString('base64'))).toBeNull()
  }
  expect(openBox(key, 'row', '')).toBeNull()
})
