import { z } from 'zod'
import { Language } from './accounts.ts'
import { Timestamp } from './text.ts'

const base64url = (bytes: number, what: string) => {
  const characters = Math.ceil((bytes * 4) / 3)
  const message = `must be ${what}: ${characters} characters of base64url`
  return z
    .string()
    .length(characters, message)
    .regex(/^[A-Za-z0-9_-]+$/, message)
}
const PublicKey = base64url(65, 'a public key')

/** The browser of this sign-in, as it is told. */
export const PushSubscription = z
  .object({
    endpoint: z.string(),
    /** The key that it was made for. Where that of `Push` is another one, it is made anew. */
    publicKey: z.string(),
    showsTitle: z.boolean(),
    createdAt: Timestamp,
  })
  .meta({ id: 'PushSubscription' })
export type PushSubscription = z.infer<typeof PushSubscription>

/** `publicKey`: what a browser subscribes with; null where it is switched off. `subscription`: null where this sign-in has none. */
export const Push = z.object({ publicKey: z.string().nullable(), subscription: PushSubscription.nullable() }).meta({ id: 'Push' })
export type Push = z.infer<typeof Push>

/** `endpoint` and `keys` as a browser's `PushSubscription.toJSON()` has them. `language`: what the page speaks. */
export const PushBody = z.strictObject({
  endpoint: z
    .string()
    .max(2000)
    .regex(/^https?:\/\/[!-~]+$/, 'must be the address of a push service'),
  keys: z.strictObject({ p256dh: PublicKey, auth: base64url(16, 'the secret of a subscription') }),
  publicKey: PublicKey,
  showsTitle: z.boolean(),
  language: Language,
})
export type PushBody = z.infer<typeof PushBody>

const who = ['person'] as const

/** What somebody is told while no page of theirs is open. */
export const pushEndpoints = {
  push: {
    method: 'GET',
    url: '/api/v1/push',
    config: { who },
    schema: { tags: ['accounts'], description: 'Of the sign-in that asks.', response: { 200: Push } },
  },
  subscribePush: {
    method: 'PUT',
    url: '/api/v1/push/subscription',
    config: { who },
    schema: {
      tags: ['accounts'],
      description:
        'Of the sign-in that asks, and gone with it. It takes the place of the one before; a browser that another sign-in subscribed is taken over. 400 for an address that nothing is sent to, 409 for an old `publicKey`.',
      body: PushBody,
      response: { 200: Push },
    },
  },
  unsubscribePush: {
    method: 'DELETE',
    url: '/api/v1/push/subscription',
    config: { who },
    schema: { tags: ['accounts'], response: { 204: z.null().describe('No content') } },
  },
} as const
