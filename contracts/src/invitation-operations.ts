import type { endpoints } from './endpoints.ts'
import * as example from './examples.ts'
import type { Operation } from './operations.ts'

type Name = 'showInvitation' | 'askToRegister' | 'adminInvitations' | 'adminInvite' | 'adminInviteMany' | 'adminRevokeInvitation'

export const invitationOperations: { [Each in Name]: Operation<(typeof endpoints)[Each]> } = {
  showInvitation: {
    summary: 'Show an invitation',
    isLimited: true,
    body: { invitation: 'kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o' },
    answer: { email: 'ada@example.org', role: 'user', plan: 'pro', expiresAt: '2026-03-09T09:30:00.000Z' },
  },
  askToRegister: { summary: 'Ask for a letter to register by', isLimited: true, body: { email: 'ada@example.org' } },
  adminInvitations: {
    summary: 'List invitations',
    more: 'The newest first, with those that were used or ran out.',
    answer: { items: [example.invitation], nextCursor: null },
  },
  adminInvite: {
    summary: 'Invite somebody',
    body: { role: 'user', plan: 'pro' },
    answer: {
      ...example.invitation,
      email: null,
      delivery: 'link',
      url: 'https://jarvis.example.org/sign-up#invitation=kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o',
    },
  },
  adminInviteMany: {
    summary: 'Invite many',
    body: { rows: [{ email: 'ada@example.org', role: 'user', plan: 'pro' }, { email: 'grace at example.org' }], delivery: 'link' },
    answer: {
      rows: [
        {
          email: 'ada@example.org',
          role: 'user',
          plan: 'pro',
          outcome: 'link',
          url: 'https://jarvis.example.org/sign-up#invitation=kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o',
        },
        { email: 'grace at example.org', role: null, plan: null, outcome: 'wrong_address', url: null },
      ],
      invited: 1,
      skipped: 1,
    },
  },
  adminRevokeInvitation: { summary: 'Take back an invitation' },
}
