import { expect, test } from 'vitest'
import { memoriesIn } from './memory-file.ts'

test.each([
  [
    'an export of Jarvis',
    '{"user":{},"memories":[{"id":"x","text":" I keep bees. ","trusted":true,"createdAt":"2026-01-02T03:04:05Z","source":null,"subject":"bees","happened":"2026-05"}]}',
    [{ text: 'I keep bees.', trusted: true, createdAt: '2026-01-02T03:04:05.000Z', subject: 'bees', happened: '2026-05' }],
  ],
  [
    'what was not trusted stays so',
    '[{"text":"a","trusted":false},"b","b",{"memory":"c"},7,null,{"text":""},{"text":"\\u0000"}]',
    [
      { text: 'a', trusted: false },
      { text: 'b', trusted: true },
      { text: 'c', trusted: true },
    ],
  ],
  [
    'lines of text',
    '- I keep bees.\n\n• I have a boat.\n',
    [
      { text: 'I keep bees.', trusted: true },
      { text: 'I have a boat.', trusted: true },
    ],
  ],
  ['broken JSON', '{"memories":[', null],
  ['something else', '{"memories":"none"}', null],
  ['a picture', 'PNG\u0000\u0001', null],
])('%s', (_what, file, memories) => {
  expect(memoriesIn(file)).toEqual(memories)
})
