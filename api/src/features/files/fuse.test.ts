import { expect, test } from 'vitest'
import { fuse } from './fuse.ts'

const places = (...positions: number[]) => positions.map((position) => ({ fileId: 'f', position }))

test('what is high in both lists comes first, what only one has is there, each once', () => {
  const fused = fuse(places(1, 2, 3), places(9, 2, 8)).map(({ position }) => position)
  expect(fused[0]).toBe(2)
  expect(fused).toHaveLength(5)
  expect(fused.indexOf(1)).toBeLessThan(fused.indexOf(9))
  expect(fuse([], places(4, 5))).toEqual(places(4, 5))
  expect(fuse(places(4, 5), [])).toEqual(places(4, 5))
})
