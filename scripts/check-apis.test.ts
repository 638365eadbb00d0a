import { expect, test } from 'vitest'
import { asyncApiFaults, openApiFaults } from './check-apis.ts'

test('a description without summaries, with a wrong example, or one that no client can read, fails', async () => {
  const get = {
    operationId: 'a',
    tags: ['a'],
    responses: { 200: { description: 'Done.', content: { 'application/json': { schema: { type: 'object' }, example: 1 } } } },
  }
  const faults = await openApiFaults({
    openapi: '3.1.1',
    info: { title: 'A', version: '1', description: 'A', contact: { name: 'A' } },
    servers: [{ url: '/' }],
    paths: { '/a': { get } },
  })
  for (const found of [/spectral operation-description/, /redocly operation-summary/, /example/, /spectral operation-tag-defined/])
    expect(faults).toContainEqual(expect.stringMatching(found))
})

test('a description of a socket that leads nowhere fails', async () => {
  const operation = { action: 'receive', channel: { $ref: '#/channels/other' } }
  const faults = await asyncApiFaults({
    asyncapi: '3.0.0',
    info: { title: 'A', version: '1' },
    channels: { a: { address: '/a' } },
    operations: { a: operation },
  })
  expect(faults).toContainEqual(expect.stringContaining('operations'))
})
