import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { organisationEndpoints } from './organisation-endpoints.ts'
import type { OrganisationSubscription } from './organisation-billing.ts'
import { sharingOperations } from './sharing-operations.ts'
import type { AdminOrganisation, Member, MemberInvitation, Organisation, OrganisationBudget } from './organisations.ts'

const createdAt = '2026-03-02T09:30:00.000Z'
const shared = { id: example.ids.other, name: 'Example Ltd', plan: 'pro', seats: 25, seatsTaken: 18, members: 18, createdAt } as const
const organisation: Organisation = { ...shared, seatsSource: 'stripe', role: 'owner', hasSeat: true }
const use = { tokensUsed: 48_200, costMicroUsd: 310_000 }
const person = { userId: example.ids.user, name: 'Ada Lovelace', email: 'ada@example.org' }
const member: Member = {
  ...person,
  role: 'owner',
  seat: 'held',
  disabled: false,
  joinedAt: createdAt,
  use,
  share: { tokensPerCycle: null, ceilingMicroUsd: 5_000_000 },
}
const invitation: MemberInvitation = {
  id: example.ids.other,
  email: 'grace@example.org',
  role: 'member',
  delivery: 'link',
  createdBy: example.ids.user,
  createdAt,
  expiresAt: '2026-03-09T09:30:00.000Z',
  acceptedAt: null,
  acceptedBy: null,
}
const budget: OrganisationBudget = {
  startsAt: '2026-03-01T00:00:00.000Z',
  endsAt: '2026-04-01T00:00:00.000Z',
  ...use,
  tokensReserved: 0,
  tokensMax: 25_000_000,
  reservedMicroUsd: 0,
  ceilingMicroUsd: 100_000_000,
  former: { tokensUsed: 0, costMicroUsd: 0 },
}
const administered: AdminOrganisation = { ...shared, seatsSource: 'stripe', owners: [person], ...use }
const subscription: OrganisationSubscription = {
  billing: true,
  plan: 'pro',
  seats: 25,
  source: 'stripe',
  status: 'active',
  interval: 'month',
  currentPeriodEndsAt: '2026-04-02T09:30:00.000Z',
  cancelAtPeriodEnd: false,
  graceEndsAt: null,
}
const page = <Item>(item: Item) => ({ items: [item], nextCursor: null })
const token = 'kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o'

export const organisationOperations: { [Name in keyof typeof organisationEndpoints]: Operation<(typeof organisationEndpoints)[Name]> } = {
  ...sharingOperations,
  organisations: { summary: 'List organisations', answer: page(organisation) },
  createOrganisation: { summary: 'Make an organisation', body: { name: 'Example Ltd' }, answer: organisation },
  organisation: { summary: 'Read an organisation', answer: organisation },
  updateOrganisation: { summary: 'Rename an organisation', body: { name: 'Example Ltd' }, answer: organisation },
  deleteOrganisation: { summary: 'Delete an organisation' },
  organisationMembers: {
    summary: 'List members',
    more: 'Owners first, then who joined first; with `q`, by name or email; with `groupId`, those of a group.',
    answer: page(member),
  },
  updateMember: { summary: 'Change a member', body: { role: 'admin', seat: true }, answer: member },
  removeMember: { summary: 'Remove a member, or leave' },
  memberInvitations: { summary: 'List invitations into an organisation', answer: page(invitation) },
  inviteMember: {
    summary: 'Invite into an organisation',
    body: { email: 'grace@example.org' },
    answer: { ...invitation, url: `https://jarvis.example.org/join#invitation=${token}` },
  },
  revokeMemberInvitation: { summary: 'Take back an invitation into an organisation' },
  showMemberInvitation: {
    summary: 'Read an invitation into an organisation',
    body: { invitation: token },
    answer: { organisation: 'Example Ltd', email: invitation.email, role: invitation.role, expiresAt: invitation.expiresAt },
  },
  joinOrganisation: { summary: 'Join an organisation', body: { invitation: token }, answer: { ...organisation, role: 'member' } },
  organisationSubscription: { summary: 'Read what an organisation pays for', answer: subscription },
  organisationCheckout: {
    summary: 'Buy seats, or change how many',
    body: { plan: 'pro', interval: 'month', seats: 25 },
    answer: { url: 'https://checkout.stripe.com/c/pay/cs_example' },
  },
  organisationPortal: { summary: 'Open the billing portal of an organisation', answer: { url: 'https://billing.stripe.com/p/session/example' } },
  organisationInvoices: { summary: 'List invoices of an organisation', answer: page(example.invoice) },
  organisationBudget: { summary: 'Read what an organisation has used', answer: budget },
  updateOrganisationBudget: { summary: 'Set the ceiling of an organisation', body: { ceilingMicroUsd: 100_000_000 }, answer: budget },
  adminOrganisations: { summary: 'List all organisations', answer: page(administered) },
  adminUpdateOrganisation: { summary: 'Give an organisation seats', body: { plan: 'pro', seats: 25 }, answer: administered },
}
