import { expect, test } from 'vitest'
import { Id } from '@jarvis/contracts/text.ts'
import { idOfText, normalised } from './same-text.ts'

test('case, width, spaces and what stands around a text make no other text of it', () => {
  expect(normalised(' «My  DOG is called\tBiscuit.» ')).toBe('my dog is called biscuit')
  expect(normalised('ＡＢＣ。')).toBe('abc')
  expect(normalised('?!')).toBe('?!')
})

test.each([
  ['ja', ['犬の名前はポチです。', '私は大阪に住んでいます。', '妹は看護師です。', '魚が苦手です。', '誕生日は五月です。']],
  ['ar', ['أسكن في القاهرة', 'أعمل طبيبا', 'اسم قطتي لولو']],
  ['en', ['I have 2 dogs', 'I have 3 dogs', 'I have two dogs']],
])('different memories in %s have different ids', (_language, texts) => {
  const ids = texts.map((text) => idOfText('a', text))
  expect(new Set([...ids, idOfText('b', texts[0]!)]).size).toBe(texts.length + 1)
  for (const id of ids) expect(Id.safeParse(id).success).toBe(true)
})
