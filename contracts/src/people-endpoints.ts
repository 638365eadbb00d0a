import { z } from 'zod'
import { Email, Name, Password, PasswordLink, Session } from './accounts.ts'
import { AdminUser } from './admin.ts'
import { PlanId, Role } from './plans.ts'
import { Id, wholeList } from './text.ts'

/** Without `password` the person sets one by a link: mailed where there is a mail server, and else returned once. */
export const AddUserBody = z.strictObject({
  email: Email,
  name: Name,
  role: Role.optional(),
  plan: PlanId.optional(),
  password: Password.optional(),
  delivery: z.enum(['mail', 'link']).optional(),
})
export const AddedUser = AdminUser.extend({ link: PasswordLink.nullable() }).meta({ id: 'AddedUser' })
export type AddedUser = z.infer<typeof AddedUser>

const byId = z.strictObject({ id: Id })
const nothing = z.null().describe('No content')
const admin = ['admin'] as const

/** What administrators do about people and where these are signed in. */
export const peopleEndpoints = {
  adminAddUser: {
    method: 'POST',
    url: '/api/v1/admin/users',
    config: { who: admin, tellsSecret: true },
    schema: {
      tags: ['admin'],
      description: 'Makes an account, also where registration is closed. Without `password` the person sets one by the link.',
      body: AddUserBody,
      response: { 201: AddedUser },
    },
  },
  adminEraseUser: {
    method: 'DELETE',
    url: '/api/v1/admin/users/:id',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description:
        'Erases the person and all that is theirs, as `DELETE /me` does: 202 while it goes on. Within ten minutes after a sign-in or `POST /auth/reauthenticate`; 409 for the last administrator.',
      params: byId,
      response: { 202: nothing, 204: nothing },
    },
  },
  adminSessions: {
    method: 'GET',
    url: '/api/v1/admin/users/:id/sessions',
    config: { who: admin },
    schema: { ...wholeList('admin', Session), params: byId },
  },
  adminEndSessions: {
    method: 'DELETE',
    url: '/api/v1/admin/users/:id/sessions',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'Signs the person out everywhere; their sockets close within a second. API keys stay.',
      params: byId,
      response: { 204: nothing },
    },
  },
} as const
