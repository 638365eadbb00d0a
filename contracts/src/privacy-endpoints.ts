import { z } from 'zod'
import { Conversation, Message } from './chat.ts'
import { erasureEndpoints } from './erasures.ts'
import { retentionEndpoints } from './retention.ts'
import { Id, page, PageQuery, text, Timestamp } from './text.ts'

/** Why an administrator reads what somebody said: in their own words, which that person is shown. */
export const Reason = text(500)
  .trim()
  .refine((reason) => reason.length >= 3, 'must have at least 3 characters')

/** An administrator read somebody's words. `by` is null once they are erased, `title` once the conversation is gone. */
export const WordsAccess = z
  .object({
    id: Id,
    at: Timestamp,
    by: z.object({ id: Id, name: z.string(), email: z.string() }).nullable(),
    /** The list of conversations with their titles, or one of them. */
    what: z.enum(['list', 'conversation']),
    conversationId: Id.nullable(),
    title: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'WordsAccess' })
export type WordsAccess = z.infer<typeof WordsAccess>

/** `access` is how it stands in `GET /me/access` of its person. */
const read = { access: z.object({ id: Id, at: Timestamp, reason: z.string() }), nextCursor: z.string().nullable() }
export const ReadConversation = z
  .object({ ...read, userId: Id, conversation: Conversation, messages: z.array(Message) })
  .meta({ id: 'ReadConversation' })
export type ReadConversation = z.infer<typeof ReadConversation>
export const ReadConversations = z.object({ ...read, items: z.array(Conversation) }).meta({ id: 'ReadConversations' })
export type ReadConversations = z.infer<typeof ReadConversations>

export const ReadBody = z.strictObject({ reason: Reason, cursor: text(200).optional() })

/** Whether administrators read what people said: for a reason that these are shown, or not at all. */
export const ConversationReads = z.enum(['with_reason', 'off'])
/** `source`: where the environment says it, it cannot be changed here. */
export const PrivacySettings = z
  .object({ conversationReads: ConversationReads, source: z.enum(['environment', 'page']) })
  .meta({ id: 'PrivacySettings' })
export type PrivacySettings = z.infer<typeof PrivacySettings>
export const PrivacySettingsBody = z.strictObject({ conversationReads: ConversationReads })

const admin = ['admin'] as const
const byId = z.strictObject({ id: Id })

/** Who reads somebody's words, and who is shown that. */
export const privacyEndpoints = {
  ...erasureEndpoints,
  ...retentionEndpoints,
  myAccess: {
    method: 'GET',
    url: '/api/v1/me/access',
    config: { who: ['person'] },
    schema: {
      tags: ['accounts'],
      description: 'Which administrator read what this person said, when and why; the newest first.',
      querystring: PageQuery,
      response: { 200: page(WordsAccess) },
    },
  },
  adminReadConversation: {
    method: 'POST',
    url: '/api/v1/admin/conversations/:id/read',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description:
        'The newest messages of somebody’s conversation; `cursor` leads to those before them. Each call is audited, and shown to that person with its reason. 404 for a temporary one, 403 where it is switched off.',
      params: byId,
      body: ReadBody,
      response: { 200: ReadConversation },
    },
  },
  adminReadConversations: {
    method: 'POST',
    url: '/api/v1/admin/users/:id/conversations/read',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'The titles of somebody’s conversations, on the same terms as the conversations themselves.',
      params: byId,
      body: ReadBody,
      response: { 200: ReadConversations },
    },
  },
  adminPrivacy: {
    method: 'GET',
    url: '/api/v1/admin/privacy',
    config: { who: admin },
    schema: { tags: ['admin'], response: { 200: PrivacySettings } },
  },
  adminUpdatePrivacy: {
    method: 'PATCH',
    url: '/api/v1/admin/privacy',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'Within ten minutes after a sign-in or `POST /auth/reauthenticate`; 409 where the environment says it.',
      body: PrivacySettingsBody,
      response: { 200: PrivacySettings },
    },
  },
} as const
