import { describe, expect, test } from 'vitest'
import { growth, growthMax, hostileTexts } from '#test/processor-time.ts'
import { createCitations } from './citations.ts'
import { createOwnWords, type Question } from './own-words.ts'
import { systemPrompt, untrustedBlock } from './prompt.ts'

const own = (text: string, question: Question) => createOwnWords([text]).measure(question)
const half = (text: string) => text.slice(text.length / 2)

const works: [name: string, work: (text: string) => unknown][] = [
  ['a query of all the own words', (text) => own(text, { kind: 'query', text })],
  ['a text among the own words', (text) => own(`${text} a.example`, { kind: 'passage', text: half(text), host: 'a.example' })],
  ['a text that is not quite among them', (text) => own(`${text} a.example`, { kind: 'passage', text: `${half(text)}¤`, host: 'a.example' })],
  ['words among the own words', (text) => own(text, { kind: 'query', text: half(text) })],
  ['a block of untrusted text', (text) => untrustedBlock('a1', 'page', text)],
  ['a memory', (text) => systemPrompt([{ id: '1', text, score: 1 }], new Date(), 'a1')],
  ['citations', (text) => createCitations()(text, [{ title: 'a', url: 'https://a.example/' }])],
]

describe.each(works)('the time for %s grows in proportion to the text', (_name, work) => {
  test.each(hostileTexts)('of %s', (_text, text) => {
    expect(growth(text, work)).toBeLessThan(growthMax)
  })
})
