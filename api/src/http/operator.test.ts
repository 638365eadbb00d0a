import fastify from 'fastify'
import { expect, test } from 'vitest'
import { isOperator, type OperatorTerms } from './operator.ts'

const token = 'a-token-for-the-metrics'

test.each([
  ['without a token, for this machine alone', { token: undefined, open: true }, {}, true],
  ['the same, through a proxy', { token: undefined, open: true }, { 'x-forwarded-for': '203.0.113.9' }, false],
  ['without a token, for others too, as behind a proxy that adds nothing', { token: undefined, open: false }, {}, false],
  ['with the token', { token, open: false }, { authorization: `Bearer ${token}` }, true],
  ['with another', { token, open: true }, { authorization: 'Bearer another' }, false],
  ['with none where one is set', { token, open: true }, {}, false],
] as [string, OperatorTerms, Record<string, string>, boolean][])('%s', async (_name, terms, headers, expected) => {
  await using app = fastify()
  app.get('/', async (request) => isOperator(request, terms))
  expect((await app.inject({ url: '/', headers, remoteAddress: '127.0.0.1' })).body).toBe(String(expected))
})
