import { expect, test } from 'vitest'
import { artifactsOf, opened } from './artifacts.ts'

const answer = (content: string) => ({ role: 'assistant', content })
const fence = (info: string, code: string) => `\`\`\`${info}\n${code}\n\`\`\``
const long = (line: string) => Array.from({ length: 12 }, (_, at) => `${line} ${at}`).join('\n')

test('a file of the same name is a new version, in the order of the answers; the same again is none', () => {
  const found = artifactsOf([
    answer(`Here:\n\n${fence('html page.html', '<p>1')}\n\n${fence('css title="style.css"', long('a'))}`),
    { role: 'user', content: fence('html page.html', '<p>mine') },
    answer(fence('html page.html', '<p>2')),
    answer(fence('html page.html', '<p>2')),
  ])
  expect(found.map(({ name, kind, versions }) => [name, kind, versions.length])).toEqual([
    ['page.html', 'html', 2],
    ['style.css', 'code', 1],
  ])
  expect(found[0]!.versions).toEqual(['<p>1', '<p>2'])
})

test('without a name a block is a version of the one at its place, and two of one answer are two', () => {
  const found = artifactsOf([answer(`${fence('svg', '<svg>1')}\n\n${fence('svg', '<svg>a')}`), answer(fence('svg', '<svg>2'))])
  expect(found.map(({ name, versions }) => [name, versions])).toEqual([
    ['code.svg', ['<svg>1', '<svg>2']],
    ['code-2.svg', ['<svg>a']],
  ])
})

test('what is short code, or not closed yet, is no artifact; a fence within a list is one', () => {
  expect(artifactsOf([answer(fence('ts', 'const a = 1')), answer('```html\n<p>still com')])).toEqual([])
  expect(artifactsOf([answer('- Look:\n\n  ```html\n  <p>in\n  ```\n')])[0]!.versions).toEqual(['<p>in'])
})

test('what is opened is found with its version, and one that is not stored yet stands by itself', () => {
  const found = artifactsOf([answer(fence('md a.md', '# 1')), answer(fence('md a.md', '# 2'))])
  expect(opened(found, { code: '# 1', language: 'md', note: 'a.md' })).toEqual({ artifact: found[0], at: 0 })
  expect(opened(found, { code: '# 3', language: 'md', note: 'a.md' })).toMatchObject({ at: 0, artifact: { name: 'a.md', versions: ['# 3'] } })
})
