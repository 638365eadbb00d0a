import { expect, test } from 'vitest'
import { checkDecisions, checkPaths, checkProse } from './check-prose.ts'

const check = (path: string, text: string) => checkProse([{ path, text }])

test('a Markdown line has at most 120 columns; where a link leads does not count, and a frame of the wire is as long as it is', () => {
  expect(check('docs/a.md', 'x'.repeat(120))).toEqual([])
  expect(check('docs/a.md', `short\n${'word '.repeat(25)}`)).toEqual(['docs/a.md:2 has 125 columns, more than 120.'])
  expect(check('docs/a.md', `[a](${'x'.repeat(150)})\ndata: ${'x'.repeat(150)}\n→ ${'x'.repeat(150)}`)).toEqual([])
  expect(check('api/src/a.ts', `const a = '${'x'.repeat(150)}'`)).toEqual([])
})

test.each([
  'Whoever asks is answered.',
  'For whomever it is.',
  'Held back when it is told otherwise.',
  'A server tells of its tools.',
  'It was told of it.',
])('heavy words are found in Markdown, in comments and in names of tests: %s', (words) => {
  const found = [expect.stringContaining('says “')]
  expect(check('docs/a.md', words)).toEqual(found)
  for (const comment of [`  // ${words}`, `/** ${words} */`, ` * ${words}`, `# ${words}`, `-- ${words}`])
    expect(check('api/src/a.ts', comment)).toEqual(found)
  for (const name of [
    `test('${words}', async () => {`,
    `  test.each('${words}', () => {`,
    `describe(\`${words}\`, () => {`,
    `])('${words}', (text) => {`,
  ])
    expect(check('api/test/a.test.ts', name)).toEqual(found)
})

test('plain words pass, and code says what it likes', () => {
  expect(check('docs/a.md', 'Whatever it costs, the answer tells a person why. However, nobody waits.')).toEqual([])
  expect(check('api/src/a.ts', `const text = 'whoever'`)).toEqual([])
})

test('a file that a document names is there, from the root or from where the sources begin', () => {
  const text = 'See `chat/run.ts`, `scripts/start.mjs` and `chat/gone.ts`; `x.test.ts` and `features/<feature>/index.ts` are patterns.'
  const there = ['api/src/features/chat/run.ts', 'scripts/start.mjs']
  expect(checkPaths({ path: 'docs/a.md', text }, (file) => there.includes(file))).toEqual(['docs/a.md:1 names chat/gone.ts, which is not there.'])
})

test('a decision has a number of its own', () => {
  const paths = ['0001-a.md', '0002-b.md', '0002-c.md', 'README.md'].map((name) => `docs/decisions/${name}`)
  expect(checkDecisions(paths)).toEqual(['docs/decisions/0002-b.md and docs/decisions/0002-c.md are both numbered 0002.'])
})
