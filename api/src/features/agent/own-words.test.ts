import { expect, test } from 'vitest'
import { createOwnWords } from './own-words.ts'

const own = createOwnWords([
  'Please read https://example.org/tides?day=1 and www.Harbour.example/log, then look at dover.example.',
  'How long does the ferry from Dover to Calais take?',
  'Write "Meet me at noon" to the harbour. 東京の天気を教えて',
])

test.each([
  'https://example.org/tides?day=1',
  'http://example.org/tides?day=1',
  'https://www.example.org/tides?day=1',
  'https://harbour.example/log',
  'https://dover.example/',
])('%s is an address that the person wrote', (url) => expect(own.holdAddress(url)).toBe(true))

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
])('%s makes it another address', (_what, url) => expect(own.holdAddress(url)).toBe(false))

test('a text is the person’s when it stands in their messages as a whole', () => {
  expect(own.holdText('meet me  at noon')).toBe(true)
  expect(own.holdText('Meet me at noon, code 1234')).toBe(false)
  expect(own.holdText('eet me at noon')).toBe(false)
  expect(own.holdText('n')).toBe(false)
  expect(own.holdText('')).toBe(false)
})

test.each(['ferry Dover Calais', 'how long Dover Calais ferries time', `latest Dover ferry news ${new Date().getFullYear()}`, '東京の天気'])(
  'the query "%s" says nothing but what the person said',
  (query) => expect(own.holdWords(query)).toBe(true),
)

test.each(['ferry Dover CANARY123', 'f e r r y', 'Dover 1234', 'site:evil.example Dover', '大阪の天気'])('the query "%s" says more', (query) =>
  expect(own.holdWords(query)).toBe(false),
)

test('a host counts as named by its name alone', () => {
  expect(own.nameHost('harbour.example')).toBe(true)
  expect(own.nameHost('evil.example')).toBe(false)
})
