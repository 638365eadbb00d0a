import { z } from 'zod'
import { SignedIn, TransportQuery } from './accounts.ts'
import { AddedPasskey, NewPasskey, Passkey, PasskeyAnswer, PasskeyCreation, PasskeyName, PasskeyRequest } from './passkeys.ts'
import { Id, wholeList } from './text.ts'

const nothing = z.null().describe('No content')
const anyone = ['anyone'] as const
const person = ['person'] as const
const byId = z.strictObject({ id: Id })

export const passkeyEndpoints = {
  passkeys: {
    method: 'GET',
    url: '/api/v1/auth/passkeys',
    config: { who: person, beforeFactor: true },
    schema: wholeList('accounts', Passkey),
  },
  beginPasskey: {
    method: 'POST',
    url: '/api/v1/auth/passkeys/register/options',
    config: { who: person, beforeFactor: true },
    schema: {
      tags: ['accounts'],
      description:
        'For `navigator.credentials.create`; what it gives goes to `POST /auth/passkeys/register` within five minutes, in the same session. Within ten minutes after a sign-in or `POST /auth/reauthenticate`.',
      response: { 200: PasskeyCreation },
    },
  },
  addPasskey: {
    method: 'POST',
    url: '/api/v1/auth/passkeys/register',
    config: { who: person, beforeFactor: true, tellsSecret: true },
    schema: {
      tags: ['accounts'],
      description: 'Takes what `navigator.credentials.create` gave, with a name for it. A person has at most 20.',
      body: NewPasskey,
      response: { 201: AddedPasskey },
    },
  },
  renamePasskey: {
    method: 'PATCH',
    url: '/api/v1/auth/passkeys/:id',
    config: { who: person },
    schema: { tags: ['accounts'], params: byId, body: z.strictObject({ name: PasskeyName }), response: { 200: Passkey } },
  },
  removePasskey: {
    method: 'DELETE',
    url: '/api/v1/auth/passkeys/:id',
    config: { who: person },
    schema: {
      tags: ['accounts'],
      description:
        'Within ten minutes after a sign-in or `POST /auth/reauthenticate`. 409 where the role needs a second factor and this is the last. Other sessions end.',
      params: byId,
      response: { 204: nothing },
    },
  },
  beginPasskeySignIn: {
    method: 'POST',
    url: '/api/v1/auth/passkeys/login/options',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description:
        'For `navigator.credentials.get`, good once, for five minutes, in the browser that holds the cookie which comes along. What it gives goes to `POST /auth/passkeys/login`, or as `passkey` to `POST /auth/reauthenticate`; with `secondFactor`, as `passkey` to `POST /auth/login`.',
      body: z.strictObject({ secondFactor: z.boolean().optional() }).nullish(),
      response: { 200: PasskeyRequest },
    },
  },
  signInByPasskey: {
    method: 'POST',
    url: '/api/v1/auth/passkeys/login',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'Signs in without a user name and a password. The device has checked who holds it, so no other factor is asked for.',
      querystring: TransportQuery,
      body: PasskeyAnswer,
      response: { 200: SignedIn },
    },
  },
} as const
