import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import type { English, Words } from '#words/language.ts'

const english = (words: string) => words as English

/** The page in a language whose words are these. */
async function pageIn(tag: string, words: Words) {
  vi.resetModules()
  vi.stubGlobal('localStorage', { getItem: () => tag })
  vi.stubGlobal('document', { documentElement: {} })
  const { catalogNow, language, showLanguage } = await import('#words/language.ts')
  await showLanguage()
  expect(language()).toBe(tag)
  const catalog = catalogNow()
  if (catalog) catalog.words = words
  return {
    ...(await import('#words/say.ts')),
    ...(await import('#words/say-with.tsx')),
    ...(await import('./problem.ts')),
    ...(await import('./format.ts')),
  }
}

afterEach(() => vi.unstubAllGlobals())

test('English is what the sources say, with one form for one and another for the rest', async () => {
  const { say, sayCount } = await pageIn('en', {})
  expect(say(english('A copy of {name}'), { name: 'notes.md' })).toBe('A copy of notes.md')
  expect([1, 0, 2, 1200].map((n) => sayCount(n, '{n} file', english('{n} files')))).toEqual(['1 file', '0 files', '2 files', '1,200 files'])
})

test('another language has the forms that its numbers need, and what it has not stays English', async () => {
  const { say, sayCount } = await pageIn('de', { '{n} files': { one: 'eine Datei', other: '{n} Dateien' }, 'To {name}': 'An {name}' })
  expect([1, 2, 1200].map((n) => sayCount(n, '{n} file', english('{n} files')))).toEqual(['eine Datei', '2 Dateien', '1.200 Dateien'])
  expect(say(english('To {name}'), { name: 'Ada {n}' })).toBe('An Ada {n}')
  expect(say(english('Not there yet'))).toBe('Not there yet')
})

test('elements stand where the sentence of the language has them', async () => {
  const { sayWith } = await pageIn('de', { 'Read <a>the page</a> of {who}': 'Von {who} <a>die Seite</a> lesen' })
  const said = sayWith(english('Read <a>the page</a> of {who}'), {
    a: (words) => createElement('em', null, words),
    who: createElement('b', null, 'Ada'),
  })
  expect(renderToStaticMarkup(said)).toBe('Von <b>Ada</b> <em>die Seite</em> lesen')
})

test('a refusal is said by its key and params, by its sentence where it has no key, and else as the server says it', async () => {
  const { ProblemError, messageOf, messageWithoutWait } = await pageIn('de', { 'There is no such file.': 'Diese Datei gibt es nicht.' })
  const limited = new ProblemError('rate_limited', 'English', { params: { sentence: 'rate_limited.frames', retryAfterSeconds: 7 } })
  expect(messageOf(limited)).toBe('Zu viele Nachrichten auf der Verbindung. Versuchen Sie es in 7 s noch einmal.')
  expect(messageWithoutWait(limited)).toBe('Zu viele Nachrichten auf der Verbindung.')
  const params = { sentence: 'budget_exhausted.used', limit: 'tokens.plan', plan: 'Pro', resetsOn: '2026-12-01' }
  expect(messageOf(new ProblemError('budget_exhausted', 'English', { params }))).toMatch(
    /^Aufgebraucht: Token-Budget des Tarifs Pro .* 01\.12\.2026 \(UTC\)\.$/,
  )
  expect(messageOf(new ProblemError('not_found', 'There is no such file.'))).toBe('Diese Datei gibt es nicht.')
  expect(messageOf(new ProblemError('not_found', 'There is no such cloud.'))).toBe('There is no such cloud.')
})

test('numbers and days are written as the language writes them', async () => {
  const { formatBytes, formatCount, formatDuration, formatUtcDate } = await pageIn('de', {})
  expect([formatCount(12345.5), formatBytes(1_234_000), formatDuration(2500), formatUtcDate('2026-12-01T00:00:00Z')]).toEqual([
    '12.345,5',
    '1,23 MB',
    '2,5 s',
    '01.12.2026',
  ])
})

test.each([
  ['ar', '1.23 م.ب'],
  ['en', '1.23 MB'],
  ['fr', '1,23 Mo'],
])('in %s a size has the unit that people there read', async (tag, text) => {
  await pageIn(tag, {})
  const { formatBytes } = await import('./format.ts')
  expect(formatBytes(1_234_000).replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ')).toBe(text)
})

test.each([
  ['ar', '0.00\u00a0\u2066US$\u2069'],
  ['en', '$0.00'],
  ['fr', '0,00\u00a0$US'],
])('in %s what names a currency is read as it is written', async (tag, text) => {
  await pageIn(tag, {})
  const { formatUsd } = await import('./money.ts')
  // A mark of direction stands before it.
  expect(formatUsd(0).replace('\u200f', '')).toBe(text)
})
