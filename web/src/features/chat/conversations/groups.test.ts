import { expect, test } from 'vitest'
import { groupByAge } from './groups.ts'

const now = new Date(2026, 10, 24, 15, 0)
const at = (...[month, day, hour]: [number, number, number]) => ({
  id: `${month}-${day}-${hour}`,
  title: '',
  archived: false,
  pinned: false,
  folderId: null,
  leafId: null,
  temporary: false,
  createdAt: '',
  updatedAt: new Date(2026, month, day, hour).toISOString(),
})

test('each conversation stands under the calendar day it was last used', () => {
  const groups = groupByAge(
    [at(10, 24, 14), at(10, 24, 0), at(10, 23, 23), at(10, 23, 1), at(10, 22, 12), at(10, 17, 8), at(10, 16, 8), at(1, 1, 1)],
    now,
  )
  expect(groups.map(({ title, conversations }) => [title, conversations.length])).toEqual([
    ['Today', 2],
    ['Yesterday', 2],
    ['Previous 7 days', 2],
    ['Older', 2],
  ])
})

test('no conversations, no groups', () => expect(groupByAge([], now)).toEqual([]))
