import { z } from 'zod'
import { RecoveryCodes } from './factors.ts'
import { Id, Timestamp, text } from './text.ts'

const credentialIdMax = 1400
const Base64Url = z.string().regex(/^[\w-]*$/)
const credential = {
  id: Base64Url.min(1).max(credentialIdMax),
  rawId: Base64Url.max(credentialIdMax),
  type: z.literal('public-key'),
  authenticatorAttachment: text(100, 0).nullish(),
  clientExtensionResults: z.record(text(100), z.unknown()).optional(),
}

/** What `navigator.credentials.get` gave, as its `toJSON` writes it. What else a browser puts into it is left out. */
export const PasskeyAnswer = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: Base64Url.max(8000),
    authenticatorData: Base64Url.max(8000),
    signature: Base64Url.max(8000),
    userHandle: Base64Url.max(200).nullish(),
  }),
})
export type PasskeyAnswer = z.infer<typeof PasskeyAnswer>

export const PasskeyName = text(100).trim()
/** What `navigator.credentials.create` gave. */
export const NewPasskey = z.object({
  ...credential,
  name: PasskeyName.optional(),
  response: z.object({
    clientDataJSON: Base64Url.max(8000),
    attestationObject: Base64Url.max(40_000),
    transports: z.array(text(30)).max(10).optional(),
  }),
})
export type NewPasskey = z.infer<typeof NewPasskey>

const descriptor = z.object({ id: z.string(), type: z.literal('public-key'), transports: z.array(z.string()).optional() })

/** For `navigator.credentials.get`, as WebAuthn writes it in JSON. */
export const PasskeyRequest = z
  .object({ challenge: z.string(), rpId: z.string(), timeout: z.int(), userVerification: z.enum(['required', 'discouraged']) })
  .meta({ id: 'PasskeyRequest' })
export type PasskeyRequest = z.infer<typeof PasskeyRequest>

/** For `navigator.credentials.create`. */
export const PasskeyCreation = z
  .object({
    challenge: z.string(),
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
    timeout: z.int(),
    attestation: z.literal('none'),
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.literal('preferred'),
    }),
  })
  .meta({ id: 'PasskeyCreation' })
export type PasskeyCreation = z.infer<typeof PasskeyCreation>

/** `isBackedUp`: the device keeps it elsewhere too, as with the person's account at its maker. */
export const Passkey = z
  .object({ id: Id, name: z.string(), isBackedUp: z.boolean(), createdAt: Timestamp, lastUsedAt: Timestamp.nullable() })
  .meta({ id: 'Passkey' })
export type Passkey = z.infer<typeof Passkey>

/** `recoveryCodes` come with somebody's first second factor, once; null with later ones. */
export const AddedPasskey = Passkey.extend({ recoveryCodes: RecoveryCodes.shape.recoveryCodes.nullable() }).meta({ id: 'AddedPasskey' })
export type AddedPasskey = z.infer<typeof AddedPasskey>
