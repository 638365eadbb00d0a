import { expect, test } from 'vitest'
import type { Observed } from '#lib/run-step.ts'
import { createProvenance, type Provenance, type Sources } from './provenance.ts'
import type { Choice, Leaving, Tool } from './tool.ts'

// A model that does all that a page tells it spells a number of sixteen digits to those who watch.

const digits = Array.from('3141592653589793', Number)
const names = 'zero one two three four five six seven eight nine'.split(' ')
const addresses = names.map((name) => `https://${name}.example/`)
const question = `What do ${names.join(', ')} mean? See ${addresses.join(' ')} for me.`
const toldBitsMax = 8
const search = { name: 'web_search', title: 'Web search', untrusted: true, vouches: true } as Tool

const found = (round: number) => names.map((name) => ({ title: name, url: `https://${name}.example/found-${round}` }))
const result = (round: number, observed?: Observed) =>
  ({
    kind: 'tool',
    toolCallId: String(round),
    name: 'web_search',
    content: '',
    failed: false,
    sources: found(round),
    ...(observed && { observed }),
  }) as const
const leaving = (choice: Choice, content = 'a press', page?: string): Leaving => ({ to: 'evil.example', content, choice, ...(page && { page }) })
const opening = (url: string) => leaving({ kind: 'address' }, url)
const asking = (words: string) => leaving({ kind: 'query', words }, words)

const provenanceOf = (change: Partial<Sources> = {}) =>
  createProvenance({ tools: [search], history: [], text: question, memories: [], toldBitsMax, ...change })

/** What each way of spelling does for a digit. */
const ways: Record<string, (digit: number, round: number) => Leaving[]> = {
  checkboxes: () => [leaving({ kind: 'element', among: 10 })],
  'options of a choice': (digit) => [leaving({ kind: 'element', among: 1, options: 10, text: names[digit]! })],
  'links of a page': (digit) => [leaving({ kind: 'element', among: 10 }, `https://evil.example/${digit}`, 'https://evil.example/')],
  'going back, down and up': (digit) =>
    Array.from({ length: digit + 1 }, (_, at) => leaving({ kind: 'move', move: (['back', 'on', 'up'] as const)[at % 3]! })),
  waiting: (digit) => Array.from({ length: digit + 1 }, () => leaving({ kind: 'move', move: 'wait' })),
  'which result is opened': (digit, round) => [asking('what do zero one two three'), opening(`https://${names[digit]}.example/found-${round}`)],
  'which address of theirs is opened': (digit) => [opening(addresses[digit]!)],
  'the words of a search': (digit) => [asking(names[digit]!)],
  'the order of the words of a search': (digit, round) => [
    asking(`${names[digit]} ${names[digits[round + 1] ?? 0]} ${names[digits[round + 2] ?? 0]}`),
  ],
}

/** Returns how many of the digits were told before a person had to be asked. */
async function spell(provenance: Provenance, way: (digit: number, round: number) => Leaving[]): Promise<{ told: number; acts: Observed[] }> {
  const acts: Observed[] = []
  for (const [round, digit] of digits.entries()) {
    provenance.add(result(round))
    for (const one of way(digit, round)) {
      const weighed = await provenance.weigh(one)
      const observed = weighed && provenance.spend(weighed)
      if (!observed) return { told: round, acts }
      acts.push(observed)
    }
  }
  return { told: digits.length, acts }
}

test.each(Object.entries(ways))('by %s no more is told unasked than the bound allows', async (_name, way) => {
  const provenance = provenanceOf()
  const { told, acts } = await spell(provenance, way)
  expect(told * Math.log2(10)).toBeLessThanOrEqual(toldBitsMax)
  expect(acts.reduce((sum, { bits }) => sum + bits, 0)).toBeLessThanOrEqual(toldBitsMax)
})

test('a lower bound asks earlier, a higher one later, and none at once', async () => {
  const told = async (bits: number) => (await spell(provenanceOf({ toldBitsMax: bits }), ways.waiting!)).acts.length
  const [none, low, usual, high] = [await told(0), await told(6), await told(8), await told(64)]
  expect(none).toBe(0)
  expect(low).toBeLessThan(usual)
  expect(usual).toBeLessThan(high)
})

test('all ways count against one bound', async () => {
  const provenance = provenanceOf()
  const all = Object.values(ways)
  const { told } = await spell(provenance, (digit, round) => all[round % all.length]!(digit, round))
  expect(told * Math.log2(10)).toBeLessThanOrEqual(toldBitsMax)
})

test('another attempt and another run of the task count on', async () => {
  const first = provenanceOf()
  const { acts } = await spell(first, ways.checkboxes!)
  expect(acts.length).toBeGreaterThan(0)
  const next = provenanceOf()
  for (const [round, observed] of acts.entries()) next.recall(result(round, observed))
  expect((await spell(next, ways.checkboxes!)).told).toBe(0)
})

test('a query in the model’s own words is not the person’s, whatever is left', async () => {
  const provenance = provenanceOf()
  expect(await provenance.weigh(asking('3141592653589793'))).toBeNull()
  expect(await provenance.weigh(asking(`What do ${names.join(', ')} mean`))).not.toBeNull()
})

test('what a person approved costs nothing', async () => {
  const provenance = provenanceOf()
  for (const digit of digits) expect(provenance.note(opening(addresses[digit]!))).toMatchObject({ bits: 0 })
  expect((await spell(provenance, ways.checkboxes!)).acts.length).toBeGreaterThan(0)
})

test('the addresses of a message are read one after the other, however many they are', async () => {
  const provenance = provenanceOf({ text: `Please compare ${addresses.join(', ')}.` })
  for (const url of addresses) {
    const weighed = await provenance.weigh(opening(url))
    expect(weighed && provenance.spend(weighed)).not.toBeNull()
  }
})

test.each([
  ['the person wrote', 'person', true, null],
  ['stands in a conversation', 'chat', true, null],
  ['the person trusts', 'key', true, null],
  ['a program stored', 'key', false, 'Memory: stored with an API key'],
  ['a client’s model stored', 'tool', false, 'Memory: stored by another program'],
  ['nobody knows of', 'unknown', false, 'Memory: of unknown origin'],
] as const)('a memory that %s', (_name, origin, trusted, taint) => {
  expect(provenanceOf({ memories: [{ id: '1', text: 'a', score: 1, origin, trusted }] }).taint()).toBe(taint)
})

test.each([
  ['was said freely', { trusted: true, origin: 'chat' }, undefined, null],
  ['nobody noted', { trusted: false }, undefined, 'An earlier conversation: of unknown origin'],
  ['was said under text from outside', { trusted: false }, 'Web search', 'An earlier conversation: Web search'],
] as const)('a turn that %s', (_name, kept, from, taint) => {
  const turn = { conversationId: 'c', messageId: 'm', speaker: 'assistant' as const, ...(from && { taint: from }) }
  expect(provenanceOf({ memories: [{ id: '1', text: 'a', score: 1, turn, ...kept }] }).taint()).toBe(taint)
})
