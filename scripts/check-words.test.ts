import { sentences, limits } from '../contracts/src/sentences.ts'
import { expect, test } from 'vitest'
import { type Catalog, catalogFaults, letterFaults, wordsOf } from './check-words.ts'

const faultsOf = (text: string, keys: readonly string[] = []) => wordsOf({ path: 'web/src/page.tsx', text }, (key) => keys.includes(key)).faults

test.each([
  ['text', 'export const Page = () => <p>Good morning</p>'],
  ['text beside an element', 'export const Page = () => <p><b />hello {name}</p>'],
  ['an attribute', 'export const Page = () => <Field label="Name" />'],
  ['a choice of two', "export const Page = () => <p>{open ? say('Close') : 'Open it'}</p>"],
  ['a template', 'export const Page = () => <p title={`Delete ${name}?`} />'],
  ['a sentence to a function', "export function done() { toast('Saved for you.') }"],
  ['a table whose words are no keys', "const names = { a: 'Light' }"],
  ['what is said too early', "const title = say('Light')"],
])('%s that no catalogue knows is found', (_, text) => expect(faultsOf(text)).toHaveLength(1))

test.each([
  ['what is said', "export const Page = () => <p title={say('Good morning')}>{say('Hello {name}', { name })}</p>"],
  ['a table of keys', "const names = { a: 'Light' }"],
  ['classes, ids and addresses', 'export const Page = () => <a className="Big red" id="Top" href="/Home page.">{value}</a>'],
  ['names', 'export const Page = () => <p>Jarvis</p>'],
  ['what only developers read', "export function go() { throw new Error('This cannot be.') }"],
])('%s is no fault', (_, text) => expect(faultsOf(text, ['Light'])).toEqual([]))

const whole = (words: Catalog['words']): Catalog => ({ words, sentences: { ...sentences }, limits: { ...limits }, letters: {} })
const faultsIn = (words: Catalog['words'], said: readonly string[], tag = 'de') =>
  catalogFaults(tag, whole(words), new Set(said), new Set(said.filter((key) => key.includes('{n}'))), new Set())

const good: Catalog['words'] = { 'To {who}': 'An {who}', '{n} files': { one: 'eine Datei', other: '{n} Dateien' } }
const said = Object.keys(good)

test('a catalogue that has what is said, with its gaps and the forms of its own numbers, has no fault', () =>
  expect(faultsIn(good, said)).toEqual([]))

test.each([
  ['words that are missing', good, [...said, 'More'], /no words for “More”/],
  ['words that nothing says', { ...good, X: 'X' }, said, /nothing says “X”/],
  ['words out of order', Object.fromEntries(Object.entries(good).toReversed()), said, /not in order/],
  ['a gap that is lost', { ...good, 'To {who}': 'An' }, said, /lost {who}/],
  ['a gap that nothing fills', { ...good, 'To {who}': 'An {who} {when}' }, said, /has {when}/],
  ['one text for a number', { ...good, '{n} files': '{n} Dateien' }, said, /needs a form for each/],
  ['a form too few', { ...good, '{n} files': { other: '{n} Dateien' } }, said, /needs the forms one, other/],
])('%s are a fault', (_, words, keys, fault) => expect(faultsIn(words, keys).join()).toMatch(fault))

test('Arabic needs six forms', () => expect(faultsIn(good, said, 'ar').join()).toMatch(/zero, one, two, few, many, other/))

test('a sentence of the server that a language has not is a fault', () => {
  const catalog = whole(good)
  delete catalog.sentences['internal']
  expect(catalogFaults('de', catalog, new Set(said), new Set(['{n} files']), new Set())).toEqual([
    'contracts/src/words/de.json has no sentences.internal.',
  ])
})

test('a letter that a language lacks, has too many, or has other gaps of, is a fault', () => {
  const said = new Set(['Hello {name},', 'Sign in'])
  expect(letterFaults('de', { letters: { 'Hello {name},': 'Guten Tag {name},', 'Sign in': 'Anmelden' } }, said)).toEqual([])
  const faults = letterFaults('de', { letters: { 'Hello {name},': 'Guten Tag,', Bye: 'Tschüss' } }, said).join()
  for (const fault of [/no letters.“Sign in”/, /nothing says letters.“Bye”/, /lost {name}/]) expect(faults).toMatch(fault)
})
