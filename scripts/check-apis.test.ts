import { expect, test } from 'vitest'
import { openApiFaults } from './check-apis.ts'

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
