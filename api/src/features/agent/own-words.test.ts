import { expect, test } from 'vitest'
import { addressesIn, addressOf, createOwnWords, measureOwn } from './own-words.ts'

const said = [
  'Please read https://example.org/tides?day=1 and www.Harbour.example/log, then look at dover.example.',
  'Write "Meet me at noon" to the harbour. 東京の天気を教えて',
  'How long does the ferry from Dover to Calais take?',
]
const own = createOwnWords(said)
const passage = (text: string, host = 'harbour.example') => own.measure({ kind: 'passage', text, host })
const query = (text: string) => own.measure({ kind: 'query', text })!
const isNamed = (text: string) => said.flatMap(addressesIn).some(({ url, asWritten }) => [url, asWritten].map(addressOf).includes(addressOf(text)))

test.each([
  'https://example.org/tides?day=1',
  'http://example.org/tides?day=1',
  'https://www.example.org/tides?day=1',
  'https://harbour.example/log',
  'https://dover.example/',
])('%s is an address that the person wrote', (url) => expect(isNamed(url)).toBe(true))

test.each([
  ['a part of it', 'https://example.org/tides'],
  ['something behind it', 'https://example.org/tides?day=1&secret=x'],
  ['a fragment, which a page’s script can read', 'https://example.org/tides?day=1#secret'],
  ['another path', 'https://dover.example/secret'],
  ['another host', 'https://secret.dover.example/'],
  ['a host that only begins like it', 'https://dover.example.evil.example/'],
  ['another port', 'https://dover.example:8443/'],
  ['a name and password', 'https://secret:word@dover.example/'],
  ['another scheme', 'ftp://dover.example/'],
])('%s makes it another address', (_what, url) => expect(addressOf(url) !== null && isNamed(url)).toBe(false))

test('a text is the person’s when it stands in their messages as a whole', () => {
  expect(passage('Meet me at noon')).toBeLessThan(6)
  expect(passage('Meet me at noon, code 1234')).toBeNull()
  expect(passage('eet me at noon')).toBeNull()
  expect(passage('n')).toBeNull()
  expect(passage('')).toBeNull()
})

test('small and capital letters are a choice too', () => {
  expect(passage('mEET mE aT nOON')).toBeGreaterThan(12)
  expect(query('hOW lONG dOES tHE fERRY fROM dOVER tO cALAIS tAKE')).toBeGreaterThan(12)
})

test.each([
  ['How long does the ferry from Dover to Calais take?', 3],
  ['how long does the ferry from dover to calais take', 5],
  ['ferry Dover Calais', 8],
  ['Dover to Calais', 8],
])('the query "%s", in their own words, takes at most %d bits', (text, bitsMax) => expect(query(text)).toBeLessThanOrEqual(bitsMax))

test('what is written without spaces is theirs letter by letter', () => {
  const japanese = createOwnWords(['東京の天気を教えて'])
  expect(japanese.measure({ kind: 'query', text: '東京の天気' })).toBeLessThan(8)
  expect(japanese.measure({ kind: 'query', text: '大阪の天気' })).toBeGreaterThan(8)
})

test.each([
  'Dover Calais ferry time',
  'ferry Dover CANARY123',
  'f e r r y',
  'Dover 1234',
  'site:evil.example Dover',
  '大阪の天気',
  'Dover'.repeat(20),
  'Calais Dover ferry Calais Dover ferry',
  'Dover  ferry   Calais',
  'latest the of news today a for',
])('the query "%s" takes more than a run may tell', (text) => expect(query(text)).toBeGreaterThan(8))

test('queries that are told apart need different words: no more of them than their bits allow', () => {
  const words = ['long', 'ferry', 'dover', 'calais', 'take', 'latest', 'news', 'the', 'noon']
  const some = words.flatMap((a) => words.flatMap((b) => words.map((c) => `${a} ${b} ${c}`)))
  const all = [...words, ...words.flatMap((a) => words.map((b) => `${a} ${b}`)), ...some]
  expect(all.reduce((sum, text) => sum + 2 ** -query(text), 0)).toBeLessThanOrEqual(1)
})

/** How many of these a text could be, in bits, when each of so many places is free to be one of so many things. */
const asMany = (places: number, ways: number) => places * Math.log2(ways)
const styled = (text: string, style: (letter: string, index: number) => string) => Array.from(text, style).join('')
const wide = (letter: string) => (/[a-z]/.test(letter) ? String.fromCodePoint(letter.codePointAt(0)! - 0x61 + 0xff41) : letter)
const bold = (letter: string) => (/[a-z]/.test(letter) ? String.fromCodePoint(letter.codePointAt(0)! - 0x61 + 0x1d41a) : letter)

test.each([
  ['some letters wide', styled('ferry dover calais', (letter, index) => (index % 3 === 0 ? wide(letter) : letter)), asMany(16, 2)],
  ['letters in three looks', styled('ferry dover calais', (letter, index) => [String, wide, bold][index % 3]!(letter)), asMany(16, 3)],
  ['spaces of many kinds', 'how\u00a0long\u2003does\u2009the\u3000ferry\u00a0from dover', asMany(6, 16)],
  ['signs between words', 'how-long,does;the+ferry|from~dover', asMany(6, 16)],
  ['spaces behind it', `ferry Dover Calais${' \t\u2003\u00a0'.repeat(5)}`, asMany(20, 4)],
  ['capitals within words', 'feRry dOver cAlais', asMany(16, 2)],
])('how a query is written is counted code point by code point: %s', (_what, text, bits) => expect(query(text)).toBeGreaterThan(Math.min(bits, 16)))

test('letters of two code points are counted too, and a spelling of theirs is free', () => {
  const cafes = createOwnWords(['Which café near the élysée palace serves crème brûlée?'])
  const bits = (text: string) => cafes.measure({ kind: 'query', text })!
  expect(bits('café élysée crème brûlée'.normalize('NFD'))).toBeGreaterThan(16)
  expect(bits('cafe\u0301 élysée crème brûlée')).toBeGreaterThan(bits('café élysée crème brûlée') + 8)
  const many = createOwnWords(['Apple apple APPLE, Pie pie PIE, Tart tart TART, Cake cake CAKE: which of them?'])
  expect(many.measure({ kind: 'query', text: 'Apple PIE tart Cake' })).toBeGreaterThan(4 * Math.log2(3))
})

test('a passage in other letters or spaces than theirs costs what these tell', () => {
  expect(passage(styled('meet me at noon', (letter, index) => (index % 2 === 0 ? wide(letter) : letter)))).toBeGreaterThan(12)
  expect(passage('Meet me at noon' + ' \t\u2003\u00a0'.repeat(5))).toBeGreaterThan(16)
  expect(passage('meet\u00a0me\u2003at\u3000noon')).toBeGreaterThan(12)
})

test('a host counts as named by its name alone', () => {
  expect(passage('meet me at noon', 'harbour.example')).not.toBeNull()
  expect(passage('meet me at noon', 'www.HARBOUR.example')).not.toBeNull()
  expect(passage('meet me at noon', 'evil.example')).toBeNull()
})

test('a long text is compared off this thread, with the same answer', async () => {
  const long = [`Write "Meet me at noon" to harbour.example. ${'word '.repeat(10_000)}`]
  expect(await measureOwn(long, { kind: 'passage', text: 'meet me at noon', host: 'harbour.example' })).not.toBeNull()
  expect(await measureOwn(long, { kind: 'passage', text: 'meet me at six', host: 'harbour.example' })).toBeNull()
})
