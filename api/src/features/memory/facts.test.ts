import { expect, test } from 'vitest'
import { growth, hostileTexts } from '#test/processor-time.ts'
import { factsIn } from './facts.ts'

test.each([
  ['My dog is called Biscuit.', ['My dog is called Biscuit.']],
  ['Remember that the project code is Zephyr-42.', ['The project code is Zephyr-42.']],
  ['Please remember: the office closes at six', ['The office closes at six']],
  ['Hi! I am allergic to peanuts. What can I cook tonight?', ['I am allergic to peanuts.']],
  ['Ich wohne in Hamburg und arbeite als Ärztin.', ['Ich wohne in Hamburg und arbeite als Ärztin.']],
  ['私の名前はケンです。', ['私の名前はケンです。']],
])('%s is remembered', (message, facts) => {
  expect(factsIn(message)).toEqual(facts)
})

test.each([
  'What is my dog called?',
  'Can you help me with my essay',
  'Write a poem about the sea.',
  'Explain how TCP works.',
  'My password is hunter2 and nobody knows it.',
  'The capital of France is Paris.',
  'Mi contraseña es gatito y me gusta.',
  'I pay with 4111 1111 1111 1111.',
  'Remember that my GitHub token is ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  '私の暗証番号は4821です。',
  '```\nmy $code = 1;\n```',
])('%s is not', (message) => {
  expect(factsIn(message)).toEqual([])
})

test.each(hostileTexts)('the time to find facts grows in proportion to the text of %s', (_name, text) => {
  expect(growth(text, factsIn)).toBeLessThan(2.5)
})
