import { z } from 'zod'
import { Email } from './accounts.ts'
import { PlanId, Role } from './plans.ts'
import { Id, Timestamp, text, wholeList } from './text.ts'

export const Invitation = z
  .object({
    id: Id,
    /** Who may use it; null is anybody who has the link. */
    email: z.string().nullable(),
    role: Role,
    plan: PlanId,
    delivery: z.enum(['mail', 'link']),
    createdBy: Id.nullable(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    acceptedAt: Timestamp.nullable(),
    acceptedBy: Id.nullable(),
  })
  .meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof Invitation>

/** `url` is there once, and only for one that is handed over. */
export const NewInvitation = Invitation.extend({ url: z.string().nullable() }).meta({ id: 'NewInvitation' })
export type NewInvitation = z.infer<typeof NewInvitation>

/** Good for seven days unless `expiresAt` says otherwise. Mailed where there is an email and a mail server; else the link is returned. */
export const InvitationBody = z.strictObject({
  email: Email.optional(),
  role: Role.optional(),
  plan: PlanId.optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  delivery: z.enum(['mail', 'link']).optional(),
})

export const ShownInvitation = Invitation.pick({ email: true, role: true, plan: true, expiresAt: true }).meta({ id: 'ShownInvitation' })
export type ShownInvitation = z.infer<typeof ShownInvitation>
const InvitationToken = text(200)

const byId = z.strictObject({ id: Id })
const nothing = z.null().describe('No content')
const anyone = ['anyone'] as const
const admin = ['admin'] as const

/** Coming in by the word of somebody. */
export const invitationEndpoints = {
  showInvitation: {
    method: 'POST',
    url: '/api/v1/auth/invitation',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description: 'What an invitation is for. Looking spends nothing; `POST /auth/register` with `invitation` does.',
      body: z.strictObject({ invitation: InvitationToken }),
      response: { 200: ShownInvitation },
    },
  },
  askToRegister: {
    method: 'POST',
    url: '/api/v1/auth/register/letter',
    config: { who: anyone },
    schema: {
      tags: ['accounts'],
      description:
        'Where people register by letter: 202, and as soon, whether somebody has the address or not. The letter brings an invitation, or says that there is an account.',
      body: z.strictObject({ email: Email }),
      response: { 202: nothing },
    },
  },
  adminInvitations: {
    method: 'GET',
    url: '/api/v1/admin/invitations',
    config: { who: admin },
    schema: wholeList('admin', Invitation),
  },
  adminInvite: {
    method: 'POST',
    url: '/api/v1/admin/invitations',
    config: { who: admin, tellsSecret: true },
    schema: {
      tags: ['admin'],
      description:
        'Lets one person in: once, until its end, only at `email` where that is given. It ends with the authority of the administrator who gave it.',
      body: InvitationBody,
      response: { 201: NewInvitation },
    },
  },
  adminRevokeInvitation: {
    method: 'DELETE',
    url: '/api/v1/admin/invitations/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: byId, response: { 204: nothing } },
  },
} as const
