import { z } from 'zod'
import { Email } from './accounts.ts'
import { PlanId } from './plans.ts'
import { Id, MicroUsd, Timestamp, TokenCount, text } from './text.ts'

/** What somebody may do in an organisation: each may what those after it may. */
export const OrganisationRole = z.enum(['owner', 'admin', 'member'])
export type OrganisationRole = z.infer<typeof OrganisationRole>

/** Whether `role` is enough where `least` is asked for. */
export const isAtLeast = (role: OrganisationRole, least: OrganisationRole): boolean =>
  OrganisationRole.options.indexOf(role) <= OrganisationRole.options.indexOf(least)

/** As one of its members sees it. Who has a seat has its plan, and what they have Jarvis do is paid for by it; who has none pays for themself. */
export const Organisation = z
  .object({
    id: Id,
    name: z.string(),
    role: OrganisationRole,
    hasSeat: z.boolean(),
    /** What a seat gives. */
    plan: PlanId,
    seats: z.int(),
    seatsTaken: z.int(),
    /** Who gave the seats. */
    seatsSource: z.enum(['none', 'stripe', 'admin']),
    members: z.int(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Organisation' })
export type Organisation = z.infer<typeof Organisation>

const name = text(100).trim().min(1)
export const OrganisationBody = z.strictObject({ name })

/** `use` and `share` are for owners, and for the person themself: what they used in this month's cycle, and may use at most; null is no limit. */
export const Member = z
  .object({
    userId: Id,
    name: z.string(),
    email: z.string(),
    role: OrganisationRole,
    /** `waiting`: gets the next that is free. `none`: somebody took it from them. */
    seat: z.enum(['held', 'waiting', 'none']),
    /** The account is disabled: nobody comes in by it. */
    disabled: z.boolean(),
    joinedAt: Timestamp,
    use: z.object({ tokensUsed: TokenCount, costMicroUsd: MicroUsd }).nullable(),
    share: z.object({ tokensPerCycle: TokenCount.nullable(), ceilingMicroUsd: MicroUsd.nullable() }).nullable(),
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>

/** `role`, `tokensPerCycle` and `ceilingMicroUsd` are an owner's to change; `seat` an admin's too. */
export const MemberChange = z.strictObject({
  role: OrganisationRole.optional(),
  seat: z.boolean().optional(),
  tokensPerCycle: TokenCount.nullable().optional(),
  ceilingMicroUsd: MicroUsd.nullable().optional(),
})
export type MemberChange = z.infer<typeof MemberChange>

export const MemberInvitation = z
  .object({
    id: Id,
    /** Who may use it; null is anybody who has the link. */
    email: z.string().nullable(),
    role: OrganisationRole,
    delivery: z.enum(['mail', 'link']),
    createdBy: Id,
    createdAt: Timestamp,
    expiresAt: Timestamp,
    acceptedAt: Timestamp.nullable(),
    acceptedBy: Id.nullable(),
  })
  .meta({ id: 'MemberInvitation' })
export type MemberInvitation = z.infer<typeof MemberInvitation>

/** `url` is there once, and only for one that is handed over. */
export const NewMemberInvitation = MemberInvitation.extend({ url: z.string().nullable() }).meta({ id: 'NewMemberInvitation' })
export type NewMemberInvitation = z.infer<typeof NewMemberInvitation>

/** Good for seven days unless `expiresAt` says otherwise. Mailed where there is an email and a mail server; else the link is returned. */
export const MemberInvitationBody = z.strictObject({
  email: Email.optional(),
  role: OrganisationRole.optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  delivery: z.enum(['mail', 'link']).optional(),
})
export type MemberInvitationBody = z.infer<typeof MemberInvitationBody>

export const ShownMemberInvitation = MemberInvitation.pick({ email: true, role: true, expiresAt: true })
  .extend({ organisation: z.string() })
  .meta({ id: 'ShownMemberInvitation' })
export type ShownMemberInvitation = z.infer<typeof ShownMemberInvitation>

/** What all members together used and may use in this month's cycle; null is no limit. `former` is of those who have left. */
export const OrganisationBudget = z
  .object({
    startsAt: Timestamp,
    endsAt: Timestamp,
    tokensUsed: TokenCount,
    tokensReserved: TokenCount,
    /** As many as the plan gives for each seat. */
    tokensMax: TokenCount,
    costMicroUsd: MicroUsd,
    reservedMicroUsd: MicroUsd,
    ceilingMicroUsd: MicroUsd.nullable(),
    former: z.object({ tokensUsed: TokenCount, costMicroUsd: MicroUsd }),
  })
  .meta({ id: 'OrganisationBudget' })
export type OrganisationBudget = z.infer<typeof OrganisationBudget>
export const OrganisationBudgetBody = z.strictObject({ ceilingMicroUsd: MicroUsd.nullable() })

/** As an administrator of the installation sees it. `owners` are those who can come in. */
export const AdminOrganisation = Organisation.omit({ role: true, hasSeat: true })
  .extend({
    owners: z.array(z.object({ userId: Id, name: z.string(), email: z.string() })),
    tokensUsed: TokenCount,
    costMicroUsd: MicroUsd,
  })
  .meta({ id: 'AdminOrganisation' })
export type AdminOrganisation = z.infer<typeof AdminOrganisation>

/** `plan` and `seats` are an administrator's to give where a subscription does not. `ownerId`, a member, becomes an owner. */
export const AdminOrganisationBody = z.strictObject({
  plan: PlanId.optional(),
  seats: z.int().min(0).max(100_000).optional(),
  ownerId: Id.optional(),
})
export type AdminOrganisationBody = z.infer<typeof AdminOrganisationBody>
