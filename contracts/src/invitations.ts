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

/** As many as a file may bring at once. */
export const invitedRowsMax = 2000

/**
 * Rows as somebody's table has them, read already: dialects of CSV are the business of who holds the file and can show what was read. Their cells
 * are text, judged here one by one, so that a wrong one costs its own row alone. An empty role is `user`, an empty plan `free`.
 */
export const InviteManyBody = z.strictObject({
  rows: z
    .array(z.strictObject({ email: text(400, 0), role: text(100, 0).optional(), plan: text(100, 0).optional() }))
    .min(1)
    .max(invitedRowsMax),
  /** Says what would become of each row, and does nothing. */
  preview: z.boolean().optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  delivery: z.enum(['mail', 'link']).optional(),
})

/** `mail` and `link` are invited, or would be; the others say why a row is skipped. */
export const InvitedOutcome = z.enum([
  'mail',
  'link',
  'wrong_address',
  'unknown_role',
  'unknown_plan',
  'already_here',
  'already_invited',
  'twice',
  'too_many',
])
export type InvitedOutcome = z.infer<typeof InvitedOutcome>

/** One for each row, in their order. `role` and `plan` are null where the row is skipped; `url` is there once, for a link to hand over. */
export const InvitedRow = z
  .object({ email: z.string(), role: Role.nullable(), plan: PlanId.nullable(), outcome: InvitedOutcome, url: z.string().nullable() })
  .meta({ id: 'InvitedRow' })
export type InvitedRow = z.infer<typeof InvitedRow>
export const InvitedMany = z.object({ rows: z.array(InvitedRow), invited: z.int(), skipped: z.int() }).meta({ id: 'InvitedMany' })
export type InvitedMany = z.infer<typeof InvitedMany>

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
  adminInviteMany: {
    method: 'POST',
    url: '/api/v1/admin/invitations/import',
    config: { who: admin, tellsSecret: true, heavy: 'report' },
    schema: {
      tags: ['admin'],
      description:
        'Lets in everybody whose row is right; each other row is skipped, with the reason. All in one act: nothing is half done, and the same rows again are `already_invited`. With `preview` nothing is done.',
      body: InviteManyBody,
      response: { 200: InvitedMany },
    },
  },
  adminRevokeInvitation: {
    method: 'DELETE',
    url: '/api/v1/admin/invitations/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: byId, response: { 204: nothing } },
  },
} as const
