import { expect, test } from 'vitest'
import { branch } from './tree.ts'

const node = (id: string, parentId: string | null = null) => ({ id, parentId })
const shown = (...arguments_: Parameters<typeof branch>) => branch(...arguments_).map(({ message }) => message.id)

const tree = [node('u1'), node('a1', 'u1'), node('u2', 'a1'), node('a2', 'u2'), node('u2b', 'a1'), node('a2b', 'u2b')]

test('without a choice the newest branch is shown, with its siblings in order of creation', () => {
  expect(shown(tree, null)).toEqual(['u1', 'a1', 'u2b', 'a2b'])
  expect(branch(tree, null)[2]!.siblings).toEqual(['u2', 'u2b'])
})

test('recent activity deep in an older branch brings it back', () => {
  expect(shown([...tree, node('u3', 'a2')], null)).toEqual(['u1', 'a1', 'u2', 'a2', 'u3'])
})

test('the branch of a chosen message is shown, with everything below it', () => {
  expect(shown(tree, 'u2')).toEqual(['u1', 'a1', 'u2', 'a2'])
  expect(shown(tree, 'a2')).toEqual(['u1', 'a1', 'u2', 'a2'])
})

test('an edited first message is a branch at the root', () => {
  const edited = [...tree, node('u1b'), node('a1b', 'u1b')]
  expect(shown(edited, null)).toEqual(['u1b', 'a1b'])
  expect(shown(edited, 'u1')).toEqual(['u1', 'a1', 'u2b', 'a2b'])
})

test('a choice that is not here is ignored; a message whose parent is unknown is not lost', () => {
  expect(shown(tree, 'gone')).toEqual(['u1', 'a1', 'u2b', 'a2b'])
  expect(shown([node('x', 'gone')], null)).toEqual(['x'])
})

test('while only the newest page is here, its branch is shown, and what hangs on older messages is no sibling of it', () => {
  const page = [node('a5', 'u5'), node('u6', 'a5'), node('u1b'), node('a1b', 'u1b')]
  expect(branch(page, null)).toMatchObject([{ message: { id: 'u1b' }, siblings: ['u1b'] }, { message: { id: 'a1b' } }])
  expect(shown([...page, node('a6', 'u6')], null)).toEqual(['a5', 'u6', 'a6'])
  expect(shown(page, 'a5')).toEqual(['a5', 'u6'])
})

test('nothing gives nothing; ten thousand messages do not overflow the stack', () => {
  expect(shown([], null)).toEqual([])
  const long = Array.from({ length: 10_000 }, (_, index) => node(`${index}`, index ? `${index - 1}` : null))
  expect(branch(long, null)).toHaveLength(10_000)
})
