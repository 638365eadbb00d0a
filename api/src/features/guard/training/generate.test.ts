import { expect, test } from 'vitest'
import { seededRandom } from '#lib/seeded-random.ts'
import { carrierPair, generatedRows } from './generate.ts'

const pairs = Array.from({ length: 400 }, (_, seed) => carrierPair(seededRandom(seed + 1)))

test('each attack in a tool’s output has an honest twin that differs by the marked payload alone', () => {
  for (const [attack, twin] of pairs) {
    const [start, end] = attack.span!
    expect(attack).toMatchObject({ label: 'injection', channel: 'tool_output' })
    expect(twin).toMatchObject({ label: 'benign', channel: 'tool_output' })
    expect(end - start).toBeGreaterThan(4)
    // Before and after the payload nothing but what hides it is not in the twin.
    const before = attack.text.slice(0, start).replace(/(?:<!-- |<span style="font-size:0">|\n\n)$/, '')
    expect(twin.text.startsWith(before)).toBe(true)
    expect(attack.text.length - (end - start)).toBeLessThan(twin.text.length + 50)
  }
})

test('four hundred carriers are different texts, and the same seed writes the same rows', () => {
  expect(new Set(pairs.map(([{ text }]) => text)).size).toBeGreaterThan(390)
  expect(generatedRows(20, seededRandom(7))).toEqual(generatedRows(20, seededRandom(7)))
})
