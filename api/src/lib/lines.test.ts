import { expect, test } from 'vitest'
import { linesOf } from './lines.ts'

const read = (...chunks: (string | Uint8Array)[]) =>
  Array.fromAsync(
    linesOf(
      (async function* () {
        yield* chunks
      })(),
    ),
  )

test('a line ends at a line feed and nowhere else', async () => {
  const odd = '{"text":"a\u2028b\u2029c\u0085d\u000be\u000cf\rg"}'
  expect(await read(`${odd}\n`, 'x\n\ny')).toEqual([odd, 'x', '', 'y'])
})

test('a character that is cut between two chunks stays whole, and one that never ends shows', async () => {
  const bytes = Buffer.from('né\n本\n')
  for (let at = 0; at <= bytes.length; at++) expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(['né', '本'])
  expect(await read(Buffer.from('本').subarray(0, 2))).toEqual(['\ufffd'])
})
