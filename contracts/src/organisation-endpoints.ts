import { z } from 'zod'
import {
  AdminOrganisation,
  AdminOrganisationBody,
  Member,
  MemberChange,
  MemberInvitation,
  MemberInvitationBody,
  NewMemberInvitation,
  Organisation,
  OrganisationBody,
  OrganisationBudget,
  OrganisationBudgetBody,
  ShownMemberInvitation,
} from './organisations.ts'
import { organisationBillingEndpoints } from './organisation-billing.ts'
import { LeavingQuery, sharingEndpoints } from './sharing.ts'
import { Id, PageQuery, page, text, wholeList } from './text.ts'

const byId = z.strictObject({ id: Id })
const byMember = z.strictObject({ id: Id, userId: Id })
const byInvitation = z.strictObject({ id: Id, invitationId: Id })
const token = z.strictObject({ invitation: text(200) })
const search = PageQuery.extend({ q: text(200).optional() })
const nothing = z.null().describe('No content')
const tags = ['organisations']

const person = ['person'] as const
const member = ['member'] as const
const manager = ['member:admin'] as const
const owner = ['member:owner'] as const
const admin = ['admin'] as const

/** People who work together, on one bill. To who is not in it an organisation answers as one that does not exist. */
export const organisationEndpoints = {
  ...organisationBillingEndpoints,
  ...sharingEndpoints,
  organisations: {
    method: 'GET',
    url: '/api/v1/organisations',
    config: { who: person },
    schema: { ...wholeList('organisations', Organisation), description: 'Those that the caller is in: one at most.' },
  },
  createOrganisation: {
    method: 'POST',
    url: '/api/v1/organisations',
    config: { who: person },
    schema: {
      tags,
      description: 'The caller becomes its owner. It has no seats yet: until it has, everybody pays for themself. 409 for who is in one.',
      body: OrganisationBody,
      response: { 201: Organisation },
    },
  },
  organisation: {
    method: 'GET',
    url: '/api/v1/organisations/:id',
    config: { who: member },
    schema: { tags, params: byId, response: { 200: Organisation } },
  },
  updateOrganisation: {
    method: 'PATCH',
    url: '/api/v1/organisations/:id',
    config: { who: owner },
    schema: { tags, params: byId, body: OrganisationBody, response: { 200: Organisation } },
  },
  deleteOrganisation: {
    method: 'DELETE',
    url: '/api/v1/organisations/:id',
    config: { who: owner },
    schema: {
      tags,
      description: 'Its subscription ends at once. Its members stay in Jarvis, each with what is theirs, and pay for themselves from here on.',
      params: byId,
      response: { 204: nothing },
    },
  },
  organisationMembers: {
    method: 'GET',
    url: '/api/v1/organisations/:id/members',
    config: { who: member },
    schema: { tags, params: byId, querystring: search.extend({ groupId: Id.optional() }), response: { 200: page(Member) } },
  },
  updateMember: {
    method: 'PATCH',
    url: '/api/v1/organisations/:id/members/:userId',
    config: { who: manager },
    schema: {
      tags,
      description: '409 where no seat is free, and for the last owner. It acts within a second, also on what is at work.',
      params: byMember,
      body: MemberChange,
      response: { 200: Member },
    },
  },
  removeMember: {
    method: 'DELETE',
    url: '/api/v1/organisations/:id/members/:userId',
    config: { who: member },
    schema: {
      tags,
      description:
        'To leave, or to have somebody leave: an admin may remove members, an owner anybody. What they wrote stays theirs, what it cost stays with the organisation. 409 for the last owner, and until `shared` says what becomes of what they share.',
      params: byMember,
      querystring: LeavingQuery,
      response: { 204: nothing },
    },
  },
  memberInvitations: {
    method: 'GET',
    url: '/api/v1/organisations/:id/invitations',
    config: { who: manager },
    schema: { ...wholeList('organisations', MemberInvitation), params: byId },
  },
  inviteMember: {
    method: 'POST',
    url: '/api/v1/organisations/:id/invitations',
    config: { who: manager, tellsSecret: true },
    schema: {
      tags,
      description:
        'Lets one person in: once, until its end, only at `email` where that is given. It ends with the authority of who gave it. It makes no account: where registration is closed, the person has one already.',
      params: byId,
      body: MemberInvitationBody,
      response: { 201: NewMemberInvitation },
    },
  },
  revokeMemberInvitation: {
    method: 'DELETE',
    url: '/api/v1/organisations/:id/invitations/:invitationId',
    config: { who: manager },
    schema: { tags, params: byInvitation, response: { 204: nothing } },
  },
  showMemberInvitation: {
    method: 'POST',
    url: '/api/v1/organisations/invitation',
    config: { who: person },
    schema: {
      tags,
      description: 'What an invitation is for. Looking spends nothing; `POST /organisations/join` does.',
      body: token,
      response: { 200: ShownMemberInvitation },
    },
  },
  joinOrganisation: {
    method: 'POST',
    url: '/api/v1/organisations/join',
    config: { who: person },
    schema: { tags, description: 'Who joins gets a seat while one is free. 409 for who is in one.', body: token, response: { 200: Organisation } },
  },
  organisationBudget: {
    method: 'GET',
    url: '/api/v1/organisations/:id/budget',
    config: { who: owner },
    schema: { tags, params: byId, response: { 200: OrganisationBudget } },
  },
  updateOrganisationBudget: {
    method: 'PATCH',
    url: '/api/v1/organisations/:id/budget',
    config: { who: owner },
    schema: {
      tags,
      description: 'What all members together may spend in a calendar month. It acts at the next call of a model.',
      params: byId,
      body: OrganisationBudgetBody,
      response: { 200: OrganisationBudget },
    },
  },
  adminOrganisations: {
    method: 'GET',
    url: '/api/v1/admin/organisations',
    config: { who: admin },
    schema: { tags: ['admin'], querystring: search, response: { 200: page(AdminOrganisation) } },
  },
  adminUpdateOrganisation: {
    method: 'PATCH',
    url: '/api/v1/admin/organisations/:id',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'Plan and seats are the subscription’s where there is one: 409. With fewer seats than are taken, who joined last loses theirs.',
      params: byId,
      body: AdminOrganisationBody,
      response: { 200: AdminOrganisation },
    },
  },
} as const
