import { expect, test } from 'vitest'
import { growthMax, growthOf, lengthening } from '#test/processor-time.ts'
import { createDraft } from './answer-draft.ts'
import { createToolCalls } from './openai-tool-calls.ts'

test.each([
  ['name and id come once', {}],
  ['name and id come with each', { id: 'a', name: 'x' }],
])(
  'the time to put a call together grows in proportion to its pieces where %s, and each piece is told once',
  (_how, { id, name }: { id?: string; name?: string }) => {
    const read = (pieces: number): string => {
      let told = ''
      const draft = createDraft({ text() {}, reasoning() {}, toolCallStart() {}, toolCallArgs: (_id, delta) => void (told += delta) })
      const calls = createToolCalls(draft, new Set(['x']))
      const add = (fragment: object) => calls.add({ index: 0, ...fragment }, { position: 0, isWhole: false })
      add({ id: 'a', function: { name: 'x', arguments: '{"a":"' } })
      for (let at = 0; at < pieces; at++) add({ id, function: { name, arguments: '99999999' } })
      add({ function: { arguments: '"}' } })
      expect(draft.calls).toHaveLength(1)
      return told
    }
    expect(JSON.parse(read(3))).toEqual({ a: '9'.repeat(24) })
    expect(
      growthOf(
        () => read(20_000 / lengthening),
        () => read(20_000),
      ),
    ).toBeLessThan(growthMax)
  },
)
