import { expect, test } from 'vitest'
import { piecesOfAnswer, piecesOfQuestion } from './turns.ts'

const call = (name: string, result: string | null, status: 'done' | 'failed' = 'done') => ({
  id: name,
  name,
  args: '{}',
  result,
  status,
  offset: 0,
  durationMs: null,
  screenshot: null,
})

test('a question is kept in pieces that end where a sentence does, without secrets, and of a long one the beginning', () => {
  const sentence = 'The river runs past the mill and on to the sea. '
  const pieces = piecesOfQuestion({ content: sentence.repeat(40), viaKey: false })
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.map(({ text }) => text).join(' ')).toBe(sentence.repeat(40).trim())
  for (const { text } of pieces) expect(text).toMatch(/^The river.*sea\.$/u)
  expect(pieces.map(({ place }) => place)).toEqual(pieces.map((_piece, at) => at))
  expect(piecesOfQuestion({ content: sentence.repeat(1000), viaKey: false })).toHaveLength(20)
  expect(piecesOfQuestion({ content: 'Pay it with my card 4111 1111 1111 1111 please', viaKey: false })[0]?.text).toBe(
    'Pay it with my card [card number] please',
  )
  expect(piecesOfQuestion({ content: ' \n…', viaKey: false })).toEqual([])
})

test.each([
  ['the person’s own is trusted', { viaKey: false }, null, null, [true, true, true]],
  ['a program’s is not, nor is what was answered to it', { viaKey: true }, null, 'a message sent with an API key', [false, false, false]],
  ['what was said under text from outside is not, but the question is', { viaKey: false }, 'Web search', 'Web search', [true, false, false]],
] as const)('%s', (_name, { viaKey }, taint, from, trusted) => {
  const question = { content: 'How high is the tower?', viaKey }
  const answer = {
    content: 'It is 90 m high.',
    toolCalls: [call('web_search', 'Tower: 90 m'), call('clock', null), call('old', 'no', 'failed')],
    taint,
  }
  const pieces = [...piecesOfQuestion(question), ...piecesOfAnswer(answer, question)]
  expect(pieces.map(({ speaker, tool, text }) => [speaker, tool, text])).toEqual([
    ['person', null, question.content],
    ['tool', 'web_search', 'Tower: 90 m'],
    ['assistant', null, answer.content],
  ])
  expect(pieces.map((piece) => piece.trusted)).toEqual(trusted)
  expect(pieces.at(-1)?.taint).toBe(from)
})

test('what is asked to be forgotten is not kept by asking, nor by the answer to it', () => {
  const question = { content: 'Forget that I work at Acme.', viaKey: false }
  expect(piecesOfQuestion(question)).toEqual([])
  expect(piecesOfAnswer({ content: 'You no longer work at Acme for me.', toolCalls: [], taint: null }, question)).toEqual([])
})
