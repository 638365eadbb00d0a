import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAnswerIdReader } from './answer-id.ts'

function idOf(text: string, cutAt = 0) {
  const reader = createAnswerIdReader()
  const bytes = Buffer.from(text)
  reader.read(bytes.subarray(0, cutAt))
  reader.read(bytes.subarray(cutAt))
  return reader.id()
}

test('the id of an answer is found wherever it stands and however it is cut, and no other id is taken for it', () => {
  const nested = fc.oneof(fc.jsonValue(), fc.constant({ id: 999, result: { id: [998] } }), fc.string({ unit: 'binary' }))
  const entries = fc.tuple(nested, fc.nat(), fc.nat(), fc.constantFrom(0, 1, 2), fc.boolean())
  fc.assert(
    fc.property(entries, ([result, id, cutAt, turn, isFailure]) => {
      const fields = [
        ['jsonrpc', '2.0'],
        ['id', id],
        [isFailure ? 'error' : 'result', result],
      ]
      const text = JSON.stringify(Object.fromEntries([...fields.slice(turn), ...fields.slice(0, turn)]), null, turn)
      expect(idOf(text, cutAt % (Buffer.byteLength(text) + 1))).toBe(id)
    }),
  )
})

test.each([
  ['a request of the server’s', '{"jsonrpc":"2.0","id":3,"method":"sampling/createMessage","params":{"result":1}}'],
  ['a notification', '{"jsonrpc":"2.0","method":"notifications/message","params":{"id":3,"result":1}}'],
  ['an id that we never give', '{"id":"3","result":{}}'],
  ['no JSON', 'Listening on port 3, id: 4, "result": 5'],
])('%s answers nothing of ours', (_name, text) => {
  expect(idOf(text)).toBeUndefined()
})
