import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { scimEndpoints } from './scim-endpoints.ts'

export const scimOperations: { [Name in keyof typeof scimEndpoints]: Operation<(typeof scimEndpoints)[Name]> } = {
  adminScimTokens: { summary: 'List tokens of directories', answer: { items: [example.scimToken], nextCursor: null } },
  adminCreateScimToken: {
    summary: 'Make a token for a directory',
    body: { name: 'Entra' },
    answer: { ...example.scimToken, secret: 'jv_scim_kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o' },
  },
  adminDeleteScimToken: { summary: 'Delete a token of a directory' },
}
