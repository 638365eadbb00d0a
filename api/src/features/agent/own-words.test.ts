import { expect, test } from 'vitest'
import { createOwnWords, holdOwn } from './own-words.ts'

const own = createOwnWords([
  'Please read https://example.org/tides?day=1 and www.Harbour.example/log, then look at dover.example.',
  'How long does the ferry from Dover to Calais take?',
  'Write "Meet me at noon" to the harbour. 東京の天気を教えて',
])
const holdAddress = (text: string) => own.hold({ kind: 'address', text })
const holdText = (text: string, host = 'harbour.example') => own.hold({ kind: 'text', text, host })
const holdWords = (text: string) => own.hold({ kind: 'words', text })

test.each([
  'https://example.org/tides?day=1',
  'http://example.org/tides?day=1',
  'https://www.example.org/tides?day=1',
  'https://harbour.example/log',
  'https://dover.example/',
])('%s is an address that the person wrote', (url) => expect(holdAddress(url)).toBe(true))

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
])('%s makes it another address', (_what, url) => expect(holdAddress(url)).toBe(false))

test('a text is the person’s when it stands in their messages as a whole', () => {
  expect(holdText('meet me  at noon')).toBe(true)
  expect(holdText('Meet me at noon, code 1234')).toBe(false)
  expect(holdText('eet me at noon')).toBe(false)
  expect(holdText('n')).toBe(false)
  expect(holdText('')).toBe(false)
})

test.each(['ferry Dover Calais', 'how long Dover Calais ferries time', `latest Dover ferry news ${new Date().getFullYear()}`, '東京の天気'])(
  'the query "%s" says nothing but what the person said',
  (query) => expect(holdWords(query)).toBe(true),
)

test.each(['ferry Dover CANARY123', 'f e r r y', 'Dover 1234', 'site:evil.example Dover', '大阪の天気'])('the query "%s" says more', (query) =>
  expect(holdWords(query)).toBe(false),
)

test('a host counts as named by its name alone', () => {
  expect(holdText('meet me at noon', 'harbour.example')).toBe(true)
  expect(holdText('meet me at noon', 'www.HARBOUR.example')).toBe(true)
  expect(holdText('meet me at noon', 'evil.example')).toBe(false)
})

test('a long text is compared off this thread, with the same answer', async () => {
  const said = [`Write "Meet me at noon" to harbour.example. ${'word '.repeat(10_000)}`]
  expect(await holdOwn(said, { kind: 'text', text: 'meet me at noon', host: 'harbour.example' })).toBe(true)
  expect(await holdOwn(said, { kind: 'text', text: 'meet me at six', host: 'harbour.example' })).toBe(false)
})
