import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { MemberGroup, sharingEndpoints, Sharing } from './sharing.ts'

const group: MemberGroup = { id: example.ids.other, name: 'Research', members: 4, isIn: true, createdAt: '2026-03-02T09:30:00.000Z' }
const sharing: Sharing = { everyone: false, groupIds: [group.id] }

export const sharingOperations: { [Name in keyof typeof sharingEndpoints]: Operation<(typeof sharingEndpoints)[Name]> } = {
  thingSharing: { summary: 'Read whom a thing is shared with', answer: sharing },
  shareThing: { summary: 'Share a thing, or take it back', body: sharing, answer: sharing },
  groups: { summary: 'List groups', more: 'By name.', answer: { items: [group], nextCursor: null } },
  createGroup: { summary: 'Make a group', body: { name: 'Research' }, answer: group },
  updateGroup: { summary: 'Rename a group', body: { name: 'Research' }, answer: group },
  deleteGroup: { summary: 'Delete a group' },
  addToGroup: { summary: 'Put a member into a group' },
  takeFromGroup: { summary: 'Take a member out of a group' },
}
