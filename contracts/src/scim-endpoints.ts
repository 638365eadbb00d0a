import { z } from 'zod'
import { Id, Timestamp, text, wholeList } from './text.ts'

/** What a directory shows at `/scim/v2`. */
export const ScimToken = z
  .object({ id: Id, name: z.string(), prefix: z.string(), createdAt: Timestamp, lastUsedAt: Timestamp.nullable() })
  .meta({ id: 'ScimToken' })
export type ScimToken = z.infer<typeof ScimToken>
export const NewScimToken = ScimToken.extend({ secret: z.string() }).meta({ id: 'NewScimToken' })
export type NewScimToken = z.infer<typeof NewScimToken>

const admin = ['admin'] as const
const nothing = z.null().describe('No content')

export const scimEndpoints = {
  adminScimTokens: {
    method: 'GET',
    url: '/api/v1/admin/scim-tokens',
    config: { who: admin },
    schema: wholeList('admin', ScimToken),
  },
  adminCreateScimToken: {
    method: 'POST',
    url: '/api/v1/admin/scim-tokens',
    config: { who: admin, tellsSecret: true },
    schema: {
      tags: ['admin'],
      description:
        'A token that lets a directory (Entra, Okta and others) keep people and groups at `/scim/v2`. The secret is shown once. Within ten minutes after a sign-in or `POST /auth/reauthenticate`.',
      body: z.strictObject({ name: text(100).trim() }),
      response: { 201: NewScimToken },
    },
  },
  adminDeleteScimToken: {
    method: 'DELETE',
    url: '/api/v1/admin/scim-tokens/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: z.strictObject({ id: Id }), response: { 204: nothing } },
  },
} as const
