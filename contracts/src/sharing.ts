import { z } from 'zod'
import { Id, Timestamp, text, wholeList } from './text.ts'

/** What a person may let others of their organisation read. */
export const SharedKind = z.enum(['file', 'prompt', 'folder'])
export type SharedKind = z.infer<typeof SharedKind>

/** Who else reads a thing: everybody of the organisation, or the members of groups of it. They read it, and change nothing. */
export const Sharing = z.object({ everyone: z.boolean(), groupIds: z.array(Id) }).meta({ id: 'Sharing' })
export type Sharing = z.infer<typeof Sharing>

/** All of it: who is not named reads it no longer. */
export const SharingBody = z.strictObject({ everyone: z.boolean(), groupIds: z.array(Id).max(200) })
export type SharingBody = z.infer<typeof SharingBody>

/** Whose a thing is that the caller only reads. */
export const SharedBy = z.object({ userId: Id, name: z.string() }).meta({ id: 'SharedBy' })
export type SharedBy = z.infer<typeof SharedBy>

/** Some of an organisation's members. `isIn`: the caller is one of them. */
export const MemberGroup = z
  .object({ id: Id, name: z.string(), members: z.int(), isIn: z.boolean(), createdAt: Timestamp })
  .meta({ id: 'MemberGroup' })
export type MemberGroup = z.infer<typeof MemberGroup>
export const MemberGroupBody = z.strictObject({ name: text(100).trim().min(1) })

/** What becomes of what somebody shares when they leave: an owner is given a copy that stays shared, or it is shared no longer. */
export const LeavingQuery = z.strictObject({ shared: z.enum(['hand_over', 'take_along']).optional() })
export type LeavingShared = NonNullable<z.infer<typeof LeavingQuery>['shared']>

const byId = z.strictObject({ id: Id })
const byGroup = z.strictObject({ id: Id, groupId: Id })
const byGroupMember = z.strictObject({ id: Id, groupId: Id, userId: Id })
const byThing = z.strictObject({ kind: SharedKind, id: Id })
const nothing = z.null().describe('No content')
const tags = ['organisations']
const person = ['person'] as const
const manager = ['member:admin'] as const

export const sharingEndpoints = {
  thingSharing: {
    method: 'GET',
    url: '/api/v1/sharing/:kind/:id',
    config: { who: person },
    schema: { tags, params: byThing, response: { 200: Sharing } },
  },
  shareThing: {
    method: 'PUT',
    url: '/api/v1/sharing/:kind/:id',
    config: { who: person },
    schema: {
      tags,
      description: 'For whose it is alone. It acts at once: who is not named finds nothing from the next request on.',
      params: byThing,
      body: SharingBody,
      response: { 200: Sharing },
    },
  },
  groups: {
    method: 'GET',
    url: '/api/v1/organisations/:id/groups',
    config: { who: ['member'] as const },
    schema: { ...wholeList('organisations', MemberGroup), params: byId },
  },
  createGroup: {
    method: 'POST',
    url: '/api/v1/organisations/:id/groups',
    config: { who: manager },
    schema: { tags, description: '409 where the name is taken.', params: byId, body: MemberGroupBody, response: { 201: MemberGroup } },
  },
  updateGroup: {
    method: 'PATCH',
    url: '/api/v1/organisations/:id/groups/:groupId',
    config: { who: manager },
    schema: { tags, description: '409 where the name is taken.', params: byGroup, body: MemberGroupBody, response: { 200: MemberGroup } },
  },
  deleteGroup: {
    method: 'DELETE',
    url: '/api/v1/organisations/:id/groups/:groupId',
    config: { who: manager },
    schema: { tags, description: 'What was shared with it alone is shared no longer.', params: byGroup, response: { 204: nothing } },
  },
  addToGroup: {
    method: 'PUT',
    url: '/api/v1/organisations/:id/groups/:groupId/members/:userId',
    config: { who: manager },
    schema: { tags, description: 'Who is in it already stays in it.', params: byGroupMember, response: { 204: nothing } },
  },
  takeFromGroup: {
    method: 'DELETE',
    url: '/api/v1/organisations/:id/groups/:groupId/members/:userId',
    config: { who: manager },
    schema: {
      tags,
      description: 'They find what is shared with the group no longer, from the next request on.',
      params: byGroupMember,
      response: { 204: nothing },
    },
  },
} as const
