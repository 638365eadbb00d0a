import { expect, test } from 'vitest'
import { openWordVectors } from '#ports/models/word-vectors.ts'
import { scoreMemoryLines } from './score-lines.ts'

const turn = (id: string, speaker: string, text: string, date = '1:56 pm on 8 May, 2023', session = '1') =>
  JSON.stringify({ turn: { id, session, speaker, date, text } })

test('turns in, and for each question the turns that answer it, best first; a line that is neither is reported', async () => {
  const lines = [
    turn('a', 'Anna', 'Hey! How are you?'),
    turn('b', 'Marcus', 'We finally got a puppy, his name is Biscuit!'),
    turn('c', 'Anna', 'My sister has a dog too.'),
    turn('d', 'Marcus', 'I ran a marathon on Sunday.', '2023-07-03', '2'),
    'no json',
    turn('e', 'ケン', '犬の名前はポチです。\u2028', '2023-07-03', '3'),
    JSON.stringify({ question: { id: 1, text: 'What is the name of the dog that Marcus has?' } }),
    JSON.stringify({ question: { id: 'q2', text: 'Which race did Marcus run in July 2023?' } }),
    JSON.stringify({ question: { id: 'q3', text: '犬の名前は何ですか？' } }),
  ]
  const [written, complaints]: [string[], string[]] = [[], []]
  const sound = await scoreMemoryLines(
    (async function* () {
      yield* lines
    })(),
    openWordVectors(),
    (line) => written.push(line),
    (complaint) => complaints.push(complaint),
  )
  expect(sound).toBe(false)
  expect(complaints).toEqual(['line 5: neither a turn nor a question'])
  const answers = written.map((line) => JSON.parse(line) as { id: string | number; turns: string[] })
  expect(answers.map(({ id }) => id)).toEqual([1, 'q2', 'q3'])
  expect(answers.map(({ turns }) => turns[0])).toEqual(['b', 'd', 'e'])
})
