import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSseParser } from './sse.ts'

function read(chunks: Uint8Array[], eventCharactersMax?: number): { data: string; event: string }[] {
  const events: { data: string; event: string }[] = []
  const parser = createSseParser((data, event) => events.push({ data, event }), eventCharactersMax)
  for (const chunk of chunks) parser.push(chunk)
  parser.end()
  return events
}

const bytes = (text: string) => new TextEncoder().encode(text)

test('any chunking of a stream gives the same events', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replace(/[\r\n\uFEFF]/g, ''))
  const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
  const cuts = fc.array(fc.nat(400), { maxLength: 40 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), lineEnd, cuts, (events, end, cuts) => {
      const stream = bytes(events.map((event) => `: comment${end}data: ${event}${end}${end}`).join(''))
      const edges = [0, ...cuts.filter((cut) => cut < stream.length).sort((one, other) => one - other), stream.length]
      const chunks = edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge))
      expect(read(chunks).map(({ data }) => data)).toEqual(events)
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['several data lines are one event', 'data: a\ndata: b\n\n', [{ data: 'a\nb', event: '' }]],
  [
    'only one space after the colon is cut',
    'data:  a\n\ndata:b\n\n',
    [
      { data: ' a', event: '' },
      { data: 'b', event: '' },
    ],
  ],
  [
    'the event field names the next event alone',
    'event: error\ndata: x\n\ndata: y\n\n',
    [
      { data: 'x', event: 'error' },
      { data: 'y', event: '' },
    ],
  ],
  ['comments, unknown fields and events without data are skipped', ':\nid: 1\nretry: 5\n\nevent: ping\n\ndata: z\n\n', [{ data: 'z', event: '' }]],
  ['a byte order mark is skipped', '\uFEFFdata: a\n\n', [{ data: 'a', event: '' }]],
  ['a last event without its empty line counts', 'data: [DONE]', [{ data: '[DONE]', event: '' }]],
])('%s', (_name, stream, events) => {
  expect(read([bytes(stream)])).toEqual(events)
})

test('a line or an event past the bound is refused', () => {
  expect(() => read([bytes('data: '), bytes('x'.repeat(200))], 100)).toThrow(RangeError)
  expect(() => read([bytes('data: 0123456789\n'.repeat(20))], 100)).toThrow(RangeError)
})
