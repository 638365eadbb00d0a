import { expect, test } from 'vitest'
import { createRequestIds } from './request-id.ts'

const id = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'
const request = (address: string, given: string) =>
  ({ headers: { 'x-request-id': given }, socket: { remoteAddress: address } }) as unknown as Parameters<ReturnType<typeof createRequestIds>>[0]

test.each([
  [1, '203.0.113.9', id, true],
  [['loopback'], '127.0.0.1', id, true],
  [['loopback'], '::ffff:127.0.0.1', id, true],
  [['uniquelocal'], '10.1.2.3', id, true],
  [['10.0.0.0/8', '2001:db8::/32'], '2001:db8::7', id, true],
  [['192.0.2.1'], '192.0.2.1', id, true],
  [false, '127.0.0.1', id, false],
  [0, '127.0.0.1', id, false],
  [['loopback'], '203.0.113.9', id, false],
  [['10.0.0.0/8'], '11.0.0.1', id, false],
  [['10.0.0.0/8'], '2001:db8::7', id, false],
  [1, '203.0.113.9', 'short', false],
  [1, '203.0.113.9', `${id}"}\n{"forged":"line`, false],
  [1, '203.0.113.9', 'x'.repeat(65), false],
])('of proxies %j, %s may name a request %j: %s', (proxies, address, given, isBelieved) => {
  expect(createRequestIds(proxies)(request(address, given)) === given).toBe(isBelieved)
})
