import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder } from './take-in.ts'

type Said = Parameters<typeof inOrder>[0][number]
const said = (id: string, parent: string | null, createdAt: number | null): Said => ({
  id,
  parent,
  role: 'user',
  text: id,
  model: null,
  createdAt,
  sources: [],
})
const anId = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const anyMessage = fc.tuple(anId, fc.option(anId), fc.option(fc.integer({ min: 1, max: 5 }))).map((parts) => said(...parts))

test('whatever hangs on whatever, each message comes once, and after what it answers', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 12 }), (messages) => {
      const ordered = inOrder(messages)
      expect(new Set(ordered.map(({ id }) => id))).toEqual(new Set(messages.map(({ id }) => id)))
      const before = new Set<string | null>([null])
      for (const { id, parent } of ordered) {
        expect(before.has(parent)).toBe(true)
        expect(before.has(id)).toBe(false)
        before.add(id)
      }
    }),
  )
})

test('siblings stand as they were said', () => {
  const ordered = inOrder([said('late', 'q', 3), said('q', null, 1), said('early', 'q', 2)])
  expect(ordered.map(({ id }) => id)).toEqual(['q', 'early', 'late'])
})
