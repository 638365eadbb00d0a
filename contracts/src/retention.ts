import { z } from 'zod'

/** Days since a conversation was last used, after which it is deleted; null: it is kept. */
const Days = z.int().min(1).max(3650).nullable()
/** `conversationDays`: how many conversations that would delete today is told as `due`. */
const TryQuery = z.strictObject({ conversationDays: z.coerce.number().int().min(1).max(3650).optional() })
const body = z.strictObject({ conversationDays: Days })
const due = z.int().nullable()

/** What the installation keeps, how long and why. */
export const Retention = z
  .object({ conversationDays: Days, due, kept: z.array(z.object({ what: z.string(), kept: z.string(), why: z.string() })) })
  .meta({ id: 'Retention' })
export type Retention = z.infer<typeof Retention>

/** What a person wants deleted, beside what the installation deletes: the shorter time counts. */
export const OwnRetention = z.object({ conversationDays: Days, installationDays: Days, due }).meta({ id: 'OwnRetention' })
export type OwnRetention = z.infer<typeof OwnRetention>

const admin = ['admin'] as const
const person = ['person'] as const
const description = 'Conversations that nobody has used for so many days are deleted, within the hour; null: never.'

export const retentionEndpoints = {
  retention: {
    method: 'GET',
    url: '/api/v1/me/retention',
    config: { who: person },
    schema: { tags: ['accounts'], querystring: TryQuery, response: { 200: OwnRetention } },
  },
  updateRetention: {
    method: 'PATCH',
    url: '/api/v1/me/retention',
    config: { who: person },
    schema: { tags: ['accounts'], description, body, response: { 200: OwnRetention } },
  },
  adminRetention: {
    method: 'GET',
    url: '/api/v1/admin/retention',
    config: { who: admin },
    schema: { tags: ['admin'], querystring: TryQuery, response: { 200: Retention } },
  },
  adminUpdateRetention: {
    method: 'PATCH',
    url: '/api/v1/admin/retention',
    config: { who: admin },
    schema: { tags: ['admin'], description, body, response: { 200: Retention } },
  },
} as const
