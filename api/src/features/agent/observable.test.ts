import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Act, observable, type Situation } from './observable.ts'

const situations = fc.record({ named: fc.nat(5), found: fc.nat(30), opened: fc.nat(20), elements: fc.nat(200) })

/** Everything that could be done at one moment. */
function actsIn({ named, found, opened, elements }: Situation & { elements: number }): Act[] {
  const ranked = (kind: 'named' | 'found', among: number) => Array.from({ length: among }, (_, rank): Act => ({ kind, rank, among, bits: 0 }))
  const times = (count: number, act: Act) => Array.from({ length: count }, () => act)
  return [
    ...ranked('named', named),
    ...ranked('found', found),
    ...times(opened, { kind: 'again', among: opened + 1, bits: 0 }),
    ...times(elements, { kind: 'element', among: elements, bits: 0 }),
    { kind: 'query', bits: 0 },
    ...(['on', 'end', 'up', 'wait', 'back'] as const).map((kind): Act => ({ kind })),
  ]
}

test('at no moment are there more acts than their bits can tell apart', () => {
  fc.assert(
    fc.property(situations, (situation) => {
      const acts = actsIn(situation).filter(({ kind }) => situation.opened > 0 || kind === 'named' || kind === 'found' || kind === 'query')
      expect(acts.reduce((sum, act) => sum + 2 ** -observable(act, situation), 0)).toBeLessThanOrEqual(1 + 1e-9)
    }),
  )
})

test('what is read in its order tells little, what is picked out tells more', () => {
  const results = { named: 0, found: 6, opened: 0 }
  const open = (rank: number) => observable({ kind: 'found', rank, among: 6, bits: 0 }, results)
  expect([open(0), open(1), open(5)].map(Math.round)).toEqual([2, 3, 5])
  expect(observable({ kind: 'named', rank: 0, among: 3, bits: 0 }, { named: 3, found: 0, opened: 1 })).toBeLessThan(2)
  expect(observable({ kind: 'element', among: 40, bits: 0 }, { named: 0, found: 0, opened: 1 })).toBeGreaterThan(6)
})
