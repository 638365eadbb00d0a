import { z } from 'zod'
import { Role } from './plans.ts'
import { text } from './text.ts'

/** Six digits of an authenticator app, or a recovery code; spaces and dashes are left out. */
export const OneTimeCode = text(40)
const OwnPassword = z.strictObject({ password: text(1024) })

/** `secret` is typed into the app where its camera cannot read `qrSvg`, the picture of `uri`. */
export const TotpSecret = z.object({ secret: z.string(), uri: z.string(), qrSvg: z.string() }).meta({ id: 'TotpSecret' })
export type TotpSecret = z.infer<typeof TotpSecret>

/** Shown once: each of them signs in once, in place of the app. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) }).meta({ id: 'RecoveryCodes' })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

/** What of a second factor a person has. `isRequired`: their role needs one, so the last one stays. */
export const Factors = z.object({ totp: z.boolean(), passkeys: z.int(), recoveryCodesLeft: z.int(), isRequired: z.boolean() }).meta({ id: 'Factors' })
export type Factors = z.infer<typeof Factors>

/** Roles whose people can do nothing before they have a second factor. */
export const FactorRoles = z.array(Role).max(3)

const nothing = z.null().describe('No content')
const person = ['person'] as const

/** Second factors. `beforeFactor`: also for somebody who has to set one up first. */
export const factorEndpoints = {
  factors: {
    method: 'GET',
    url: '/api/v1/auth/factors',
    config: { who: person, beforeFactor: true },
    schema: { tags: ['accounts'], response: { 200: Factors } },
  },
  beginTotp: {
    method: 'POST',
    url: '/api/v1/auth/totp',
    config: { who: person, beforeFactor: true, tellsSecret: true },
    schema: {
      tags: ['accounts'],
      description:
        'A new secret for an authenticator app, to be confirmed within an hour. Until then nothing changes: an app that was set up before goes on.',
      body: OwnPassword,
      response: { 200: TotpSecret },
    },
  },
  confirmTotp: {
    method: 'POST',
    url: '/api/v1/auth/totp/confirm',
    config: { who: person, beforeFactor: true, tellsSecret: true },
    schema: {
      tags: ['accounts'],
      description:
        'Takes a code of the app, and with it asks for one at each sign-in. The code is used up by this. Other sessions end, recovery codes of before too.',
      body: z.strictObject({ code: OneTimeCode }),
      response: { 200: RecoveryCodes },
    },
  },
  endTotp: {
    method: 'DELETE',
    url: '/api/v1/auth/totp',
    config: { who: person },
    schema: {
      tags: ['accounts'],
      description:
        'Within ten minutes after a sign-in or `POST /auth/reauthenticate`. 409 where the role needs a second factor and this is the last. Other sessions end.',
      body: OwnPassword,
      response: { 204: nothing },
    },
  },
  renewRecoveryCodes: {
    method: 'POST',
    url: '/api/v1/auth/recovery-codes',
    config: { who: person, tellsSecret: true },
    schema: {
      tags: ['accounts'],
      description: 'Ten new recovery codes; those of before are good no more. Within ten minutes after a sign-in or `POST /auth/reauthenticate`.',
      body: OwnPassword,
      response: { 200: RecoveryCodes },
    },
  },
} as const
