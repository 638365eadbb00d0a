import { expect, test } from 'vitest'
import { type Answered, filesFigures, recallOf } from './figures.ts'

const answered: Answered[] = [
  { file: 'a.pdf', language: 'en', format: 'pdf', question: 'One?', rank: 1 },
  { file: 'a.pdf', language: 'en', format: 'pdf', question: 'Two?', rank: 5 },
  { file: 'b.docx', language: 'de', format: 'docx', question: 'Drei?', rank: null },
  { file: 'b.docx', language: 'de', format: 'docx', question: 'Vier?', rank: 2 },
]

test('a place counts when it is among the first five', () => {
  expect(recallOf(answered)).toBe(0.75)
  expect(recallOf([{ ...answered[0]!, rank: 6 }])).toBe(0)
})

test('the figures say what is weak first, with intervals over documents, and what was missed', () => {
  const lines = filesFigures(answered).split('\n')
  expect(lines[0]).toMatch(/all, recall@5 +0\.750 +\[0\.500, 1\.000\] +of 4/)
  expect(lines.filter((line) => line.includes('language')).map((line) => line.trim().split(/\s+/)[1])).toEqual(['de', 'en'])
  expect(lines.at(-1)).toContain('missed in b.docx: Drei?')
})
