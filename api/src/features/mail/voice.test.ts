import { expect, test } from 'vitest'
import { voiceOf } from './voice.ts'

test('the language is the first that there is: the account’s, else what the browser asks for most', () => {
  const languageOf = (...wanted: (string | null)[]) => voiceOf(...wanted).language
  expect(languageOf('de', 'fr')).toBe('de')
  expect(languageOf(null, 'fr-CA,fr;q=0.9,en;q=0.8')).toBe('fr')
  expect(languageOf(null, 'tlh, en;q=0.2, ar;q=0.7')).toBe('ar')
  expect(languageOf('pt-BR')).toBe('pt')
  expect(languageOf('xx', '../../package', ';q=', '*')).toBe('en')
  expect(languageOf()).toBe('en')
})

test('what is filled in is not filled in again', () => {
  expect(voiceOf('de').say('Hello {name},', { name: '{host}' })).toBe('Guten Tag {host},')
  expect(voiceOf().say('You are invited to {host}', { host: 'a' })).toBe('You are invited to a')
})
