import { z } from 'zod'
import { Citation, Source } from './chat.ts'
import { Id, text, Timestamp } from './text.ts'

export const SharedMessage = z.object({
  id: Id,
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  sources: z.array(Source),
  /** Of a file nothing but its number is shared. */
  citations: z.array(Citation).optional(),
  createdAt: Timestamp,
})
export type SharedMessage = z.infer<typeof SharedMessage>

/** A branch of a conversation as it was when it was shared. It does not change with the conversation. */
export const SharedConversation = z
  .object({ title: z.string(), sharedAt: Timestamp, expiresAt: Timestamp.nullable(), messages: z.array(SharedMessage) })
  .meta({ id: 'SharedConversation' })
export type SharedConversation = z.infer<typeof SharedConversation>

/** How long the link leads to it; null for as long as it is not taken back. */
export const ShareBody = z.strictObject({ expiresInDays: z.int().min(1).max(365).nullable().optional() }).nullish()
export const Share = z.object({ url: z.string(), expiresAt: Timestamp.nullable() })
export type Share = z.infer<typeof Share>

const byId = z.strictObject({ id: Id })
const nothing = z.null().describe('No content')

export const shareEndpoints = {
  share: {
    method: 'POST',
    url: '/api/v1/conversations/:id/share',
    config: { who: ['person'] },
    schema: {
      tags: ['chat'],
      description: 'A read-only copy of the branch that is shown, behind a new link. An earlier link of the conversation ends.',
      params: byId,
      body: ShareBody,
      response: { 201: Share },
    },
  },
  unshare: {
    method: 'DELETE',
    url: '/api/v1/conversations/:id/share',
    config: { who: ['person'] },
    schema: { tags: ['chat'], params: byId, response: { 204: nothing } },
  },
  shared: {
    method: 'GET',
    url: '/api/v1/shared/:token',
    config: { who: ['anyone'] },
    schema: { tags: ['chat'], params: z.strictObject({ token: text(100) }), response: { 200: SharedConversation } },
  },
  exportConversation: {
    method: 'GET',
    url: '/api/v1/conversations/:id/export',
    config: { who: ['person', 'key:chat'], heavy: 'export' },
    schema: {
      tags: ['chat'],
      description: 'As Markdown the branch that is shown; as JSON all of it.',
      params: byId,
      querystring: z.strictObject({ format: z.enum(['markdown', 'json']).default('markdown') }),
      response: { 200: z.string() },
    },
  },
} as const
