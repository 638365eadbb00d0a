import { expect, test } from 'vitest'
import { AppError } from './app-error.ts'
import { isDatabaseOutage } from './outage.ts'
import { toAppError } from './to-app-error.ts'

const failure = (fields: object, cause?: unknown) => Object.assign(new Error('Failed query', { cause }), fields)

test.each([
  ['the database is away', { code: 'ECONNREFUSED' }, 'unavailable'],
  ['its socket is not there', { code: 'ENOENT', syscall: 'connect' }, 'unavailable'],
  ['the connection broke', { message: 'Connection terminated unexpectedly' }, 'unavailable'],
  ['a connection took too long', { message: 'timeout expired' }, 'unavailable'],
  ['it is a standby', { code: '25006' }, 'unavailable'],
  ['it takes no more connections', { code: '53300' }, 'unavailable'],
  ['a statement was cancelled', { code: '57014' }, 'unavailable'],
  ['two were in each other’s way', { code: '40P01' }, 'unavailable'],
  ['its disk is full', { code: '53100' }, 'storage_full'],
  ['our disk is full', { code: 'ENOSPC', syscall: 'write' }, 'storage_full'],
  ['a file is missing', { code: 'ENOENT', syscall: 'open' }, 'internal'],
  ['a statement is wrong', { code: '42703' }, 'internal'],
])('what is said when %s', (_what, fields, code) => {
  expect(toAppError(failure(fields)).code).toBe(code)
  // As Drizzle and the pool wrap it.
  expect(toAppError(failure({}, failure({}, failure(fields)))).code).toBe(code)
})

test('a provider that is away is no outage of the database, however deep it lies', () => {
  const upstream = new AppError('upstream_failed', 'The provider cannot be reached.', { cause: failure({ code: 'ECONNREFUSED' }) })
  expect(isDatabaseOutage(failure({}, upstream))).toBe(false)
  expect(isDatabaseOutage(failure({}, failure({ code: 'ECONNREFUSED' })))).toBe(true)
})
