import { z } from 'zod'
import { ForgotBody, PasswordLink, PasswordLinkBody, ReauthenticateBody, ResetBody, SignInMethods, VerifyEmailBody } from './accounts.ts'
import { Id } from './text.ts'

const byId = z.strictObject({ id: Id })
const nothing = z.null().describe('No content')
const anyone = ['anyone'] as const
const person = ['person'] as const
const admin = ['admin'] as const

/** Getting back in, and showing who one is. */
export const identityEndpoints = {
  signInMethods: {
    method: 'GET',
    url: '/api/v1/auth/methods',
    config: { who: anyone },
    schema: { tags: ['accounts'], response: { 200: SignInMethods } },
  },
  forgotPassword: {
    method: 'POST',
    url: '/api/v1/auth/password/forgot',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'Always 202, and as soon, whether somebody has this address or not. Who has it gets a letter with a link that works once.',
      body: ForgotBody,
      response: { 202: nothing },
    },
  },
  resetPassword: {
    method: 'POST',
    url: '/api/v1/auth/password/reset',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'The link works once; a new one takes the place of the one before. Every session of the account ends.',
      body: ResetBody,
      response: { 204: nothing },
    },
  },
  verifyEmail: {
    method: 'POST',
    url: '/api/v1/auth/email/verify',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'Takes the link of a letter: to confirm an address, or to let an account move from one address to another.',
      body: VerifyEmailBody,
      response: { 204: nothing },
    },
  },
  askToVerifyEmail: {
    method: 'POST',
    url: '/api/v1/auth/email/verification',
    config: { who: person },
    schema: { tags: ['accounts'], response: { 202: nothing } },
  },
  reauthenticate: {
    method: 'POST',
    url: '/api/v1/auth/reauthenticate',
    config: { who: person, beforeFactor: true },
    schema: {
      tags: ['accounts'],
      description:
        'For ten minutes after it, or after a sign-in, this session may take another address, make an API key, switch a second factor off and erase the account; else these are 403 `reauthentication_required`.',
      body: ReauthenticateBody,
      response: { 204: nothing },
    },
  },
  adminResetFactors: {
    method: 'DELETE',
    url: '/api/v1/admin/users/:id/factors',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description:
        'For somebody who has lost theirs: all second factors and recovery codes go, and every session of the person ends. They sign in by their password alone, and where their role needs a factor they set one up first.',
      params: byId,
      response: { 204: nothing },
    },
  },
  adminEndPassword: {
    method: 'POST',
    url: '/api/v1/admin/users/:id/password',
    config: { who: admin, tellsSecret: true },
    schema: {
      tags: ['admin'],
      description:
        'The password is good no more and every session of the person ends. They set a new one by a link: mailed, or with `delivery: "link"` returned once, to be handed over.',
      params: byId,
      body: PasswordLinkBody.nullish(),
      response: { 200: PasswordLink },
    },
  },
} as const
