import { expect, test } from 'vitest'
import { z } from 'zod'
import { faultsOf, linesOfFaults, sayFault } from './plain-issues.ts'

const field = (schema: z.ZodType, value: unknown) =>
  faultsOf(z.strictObject({ it: schema }).safeParse({ it: value }).error!)
    .map((fault) => sayFault(fault, 'The body'))
    .join('; ')

test.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, 'it is missing'],
  [z.string(), 5, 'it must be text'],
  [z.string(), null, 'it must be text'],
  [z.number(), 'x', 'it must be a number'],
  [z.coerce.number(), 'x', 'it must be a number'],
  [z.number(), Infinity, 'it must be a number'],
  [z.int(), 1.5, 'it must be a whole number'],
  [z.boolean(), 'yes', 'it must be true or false'],
  [z.array(z.string()), {}, 'it must be a list'],
  [z.tuple([z.string()]), {}, 'it must be a list'],
  [z.object({}), [], 'it must be an object'],
  [z.record(z.string(), z.string()), 1, 'it must be an object'],
  [z.date(), 1, 'it must be a time'],
  [z.never(), 1, 'it must be left out'],
  [z.literal('a'), 'b', 'it must be "a"'],
  [z.enum(['a', 'b', 'c']), 'd', 'it must be "a", "b" or "c"'],
  [z.enum(['a', 'b']), undefined, 'it is missing: it must be "a" or "b"'],
  [z.literal([1, true, null]), 'd', 'it must be 1, true or null'],
  [z.string().min(1), '', 'it must not be empty'],
  [z.string().min(8), '', 'it must have at least 8 characters'],
  [z.string().max(1), 'ab', 'it must have at most 1 character'],
  [z.string().length(2), 'a', 'it must have exactly 2 characters'],
  [z.array(z.any()).min(1), [], 'it must not be empty'],
  [z.array(z.any()).min(2), [], 'it must have at least 2 items'],
  [z.array(z.any()).max(1), [1, 2], 'it must have at most 1 item'],
  [z.set(z.any()).max(1), new Set([1, 2]), 'it must have at most 1 item'],
  [z.tuple([z.string()]), ['a', 'b'], 'it must have at most 1 item'],
  [z.number().min(1), 0, 'it must be at least 1'],
  [z.number().gt(1), 1, 'it must be more than 1'],
  [z.number().max(200), 1000, 'it must be at most 200'],
  [z.number().lt(1), 1, 'it must be less than 1'],
  [z.bigint().max(1n), 2n, 'it must be at most 1'],
  [z.date().min(new Date(0)), new Date(-1), 'it must be no earlier than 1970-01-01T00:00:00.000Z'],
  [z.number().multipleOf(5), 3, 'it must be a multiple of 5'],
  [z.email(), 'x', 'it must be an email address'],
  [z.uuid(), 'x', 'it must be a UUID'],
  [z.url(), 'x', 'it must be a URL'],
  [z.iso.datetime(), 'x', 'it must be a time such as 2026-01-31T12:00:00Z'],
  [z.iso.date(), 'x', 'it must be a day such as 2026-01-31'],
  [z.base64(), '!', 'it must be text in base64'],
  [z.cidrv4(), 'x', 'it must be text of the format cidrv4'],
  [z.string().startsWith('jv_'), 'x', 'it must begin with "jv_"'],
  [z.string().endsWith('.'), 'x', 'it must end with "."'],
  [z.string().includes('@'), 'x', 'it must contain "@"'],
  [z.string().regex(/^a$/), 'x', 'it must match the pattern /^a$/'],
  [z.string().regex(/^a$/, 'must be an a'), 'x', 'it must be an a'],
  [z.string().refine(() => false), 'x', 'it is not valid'],
  [z.map(z.string(), z.string()), new Map([[1, 'a']]), 'it.1 must be text'],
  [z.record(z.enum(['a']), z.string()), { b: 'x' }, 'it.a is missing; it must not have the field "b": there is nothing of that name here'],
  [z.record(z.string().max(1), z.string()), { bc: 'x' }, 'it.bc has a name in it that is not valid'],
  [z.strictObject({}), { a: 1, b: 2 }, 'it must not have the fields "a" and "b": there is nothing of that name here'],
  [z.union([z.string(), z.array(z.string())]), 5, 'it must be text or a list'],
  [z.union([z.string(), z.array(z.string())]), [5], 'it has a fault at 0, which must be text'],
  [z.union([z.string(), z.strictObject({ a: z.int() })]), undefined, 'it is missing'],
  [z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int() })]), { c: 1 }, 'it has none of the forms that it may have'],
  [
    z.discriminatedUnion('type', [z.object({ type: z.literal('a') }), z.object({ type: z.literal('b') })]),
    { type: 'c' },
    'it.type must be "a" or "b"',
  ],
  [z.xor([z.string(), z.string()]), 'a', 'it has none of the forms that it may have'],
])('%# what is wrong is said in plain words', (schema, value, said) => {
  expect(field(schema, value)).toBe(said)
})

test('a fault of the value itself is said of its name, and none speaks of schemas', () => {
  const error = z.strictObject({ a: z.string() }).safeParse([]).error!
  expect(faultsOf(error)).toEqual([{ path: '', message: 'must be an object' }])
  expect(sayFault(faultsOf(error)[0]!, 'The body')).toBe('The body must be an object')
  expect(linesOfFaults(error, 'the file')).toEqual(['the file: must be an object'])
})
