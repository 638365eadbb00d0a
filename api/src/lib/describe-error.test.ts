import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeError, sayError } from './describe-error.ts'

const canary = 'canary\n    at canary (file:///canary.ts:1:1)\n    at /canary:1:1'
const failing = (error: Error, more: object = {}) => Object.assign(error, more)

test.each([
  ['of a query', failing(new Error(`Failed query: insert into t values ($1)\nparams: ${canary}`))],
  ['about data', failing(new Error(`invalid input syntax for type uuid: "${canary.replaceAll('\n', ' ')}"`), { code: '22P02' })],
  ['about a constraint', failing(new Error('duplicate key: "canary"'), { code: '23505', detail: 'Key (a)=(canary)' })],
  ['of JSON', (() => { try { JSON.parse('canary') } catch (error) { return error as Error } })()!], // prettier-ignore
  ['with another message than its stack', failing(new Error(canary), { message: 'later' })],
  ['whose stack is its message', failing(new Error('x'), { stack: `Error: ${canary}` })],
  ['as a cause', new Error('outer', { cause: new Error(`inner\n${canary}`) })],
  ['that is text', `first line\n${canary}`],
  ['that is no error', { words: canary }],
])('an error %s is described without the words of a person', (_name, error) => {
  expect(JSON.stringify(describeError(error))).not.toContain('canary')
  expect(sayError(error)).not.toContain('canary')
})

test('where it was thrown stays, also in an async function and a constructor', async () => {
  class Made {
    readonly error = new TypeError('not like this')
  }
  const [thrown, made] = [await (async () => await Promise.reject(new Error('two\nlines')))().catch((error: unknown) => error), new Made().error]
  for (const error of [thrown, made]) expect(describeError(error).stack).toMatch(/^at [^\n]*describe-error\.test\.ts:\d+:\d+\)?(\nat [^\n]+)*$/)
  expect(describeError(made)).toMatchObject({ name: 'TypeError', message: 'not like this' })
})

test('what the database says without values is said whole', () => {
  expect(sayError(failing(new Error('relation "users" does not exist'), { code: '42P01' }))).toBe('relation "users" does not exist')
  expect(sayError(new Error('Failed query: select 1\nparams: ', { cause: failing(new Error('duplicate key value: "x"'), { code: '23505' }) }))).toBe(
    'Failed query: select 1: duplicate key value',
  )
})

test('what was not as it should be is said by its place, not by what was there', () => {
  const { error } = z.object({ tools: z.array(z.object({ title: z.string() })), byName: z.record(z.string(), z.int()) }).safeParse({
    tools: [{ title: 5 }],
    byName: { 'the canary sings': 'canary' },
  })
  expect(sayError(error)).toBe('invalid_type at tools.0.title; invalid_type at byName.?')
})

test('a chain of causes that never ends is cut', () => {
  const error = new Error('round')
  error.cause = error
  expect(JSON.stringify(describeError(error)).length).toBeLessThan(20_000)
})
