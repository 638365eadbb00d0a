import { z } from 'zod'
import { User } from './accounts.ts'
import { ApprovalPolicy } from './approvals.ts'
import { SubscriptionStatus } from './billing.ts'
import { FactorRoles } from './factors.ts'
import { PlanId, Role } from './plans.ts'
import { Id, MicroUsd, PageQuery, Timestamp, TokenCount, text } from './text.ts'
import { UsageReport } from './usage.ts'

/** A person as an administrator sees them; tokens and cost are of the current billing cycle. */
export const AdminUser = User.extend({
  disabled: z.boolean(),
  subscription: SubscriptionStatus,
  tokensUsed: TokenCount,
  costMicroUsd: MicroUsd,
  /** What this person may spend in a calendar month; null is no ceiling of their own. */
  ceilingMicroUsd: MicroUsd.nullable(),
  lastSeenAt: Timestamp.nullable(),
  /** Second factors that they have. */
  factors: z.object({ totp: z.boolean(), passkeys: z.int() }),
}).meta({ id: 'AdminUser' })
export type AdminUser = z.infer<typeof AdminUser>

/** `seen`: who was seen last comes first. */
export const PeopleOrder = z.enum(['newest', 'name', 'email', 'seen'])
export type PeopleOrder = z.infer<typeof PeopleOrder>
export const AdminUsersQuery = PageQuery.extend({
  q: text(200).optional(),
  plan: PlanId.optional(),
  role: Role.optional(),
  order: PeopleOrder.default('newest'),
})
export const UpdateUserBody = z.strictObject({
  role: Role.optional(),
  plan: PlanId.optional(),
  disabled: z.boolean().optional(),
  ceilingMicroUsd: MicroUsd.nullable().optional(),
})

export const AdminUsageQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  group: z.enum(['day', 'model', 'conversation', 'key', 'user', 'plan']).default('day'),
  userId: Id.optional(),
})
/** The whole installation's usage, or one person's; sums equal the ledger exactly. */
export const AdminUsageReport = UsageReport.omit({ cycle: true }).meta({ id: 'AdminUsageReport' })
export type AdminUsageReport = z.infer<typeof AdminUsageReport>

export const AdminStats = z
  .object({
    users: z.object({ total: z.int(), active30Days: z.int(), disabled: z.int(), byPlan: z.record(PlanId, z.int()) }),
    subscriptions: z.object({
      active: z.int(),
      trialing: z.int(),
      pastDue: z.int(),
      cancelling: z.int(),
      /** Monthly recurring revenue: a yearly price counts a twelfth. */
      monthlyRevenueMicroUsd: MicroUsd,
    }),
    month: z.object({
      startsAt: Timestamp,
      costMicroUsd: MicroUsd,
      reservedMicroUsd: MicroUsd,
      tokens: TokenCount,
      runs: z.int(),
      ceilingMicroUsd: MicroUsd.nullable(),
    }),
    runs: z.object({ active: z.int(), waiting: z.int(), failedLastDay: z.int() }),
    /** Charges of customers of ours that were refunded, in part or whole, and that were disputed. Each stands in the audit. */
    payments: z.object({ refunds30Days: z.int(), disputes30Days: z.int() }),
    /** What people thought of answers, by model. */
    feedback: z.array(z.object({ model: z.string(), up: z.int(), down: z.int() })),
    /** Answers of 30 days by the model that gave them: expected cost, cost, and what the model that they were chosen against would have cost. */
    routing: z.array(z.object({ model: z.string(), answers: z.int(), estimatedMicroUsd: MicroUsd, costMicroUsd: MicroUsd, otherMicroUsd: MicroUsd })),
    backup: z.object({
      isScheduled: z.boolean(),
      /** The moment that the newest whole backup is of, and its size. */
      lastAt: Timestamp.nullable(),
      lastBytes: z.int().nullable(),
      /** Attempts that failed since then, and why the newest of them did. */
      failures: z.int(),
      failure: z.string().nullable(),
    }),
  })
  .meta({ id: 'AdminStats' })
export type AdminStats = z.infer<typeof AdminStats>

/** What holds for the whole installation. */
/** Who is answered from the cache of `/v1`: the person who asked the same before, anybody who asks the same, or nobody. */
const ResponseCache = z.enum(['person', 'all', 'off'])
/** `responseCacheSource`: where the environment says it, it cannot be changed here. */
export const InstallationSettings = z
  .object({
    ceilingMicroUsd: MicroUsd.nullable(),
    responseCache: ResponseCache,
    responseCacheSource: z.enum(['environment', 'page']),
    /** Roles whose people need a second factor. */
    factorRequiredFor: FactorRoles,
  })
  .meta({ id: 'InstallationSettings' })
export type InstallationSettings = z.infer<typeof InstallationSettings>
export const InstallationSettingsBody = z.strictObject({
  ceilingMicroUsd: MicroUsd.nullable().optional(),
  responseCache: ResponseCache.optional(),
  factorRequiredFor: FactorRoles.optional(),
})

/** `pending`: not in the chain yet, so without a hash, and under a number that it may still lose. */
export const AuditEntry = z
  .object({
    id: z.int(),
    at: Timestamp,
    action: z.string(),
    actorId: Id.nullable(),
    target: z.string().nullable(),
    address: z.string().nullable(),
    requestId: z.string().nullable(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    hash: z.string().nullable(),
    pending: z.boolean(),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>
const auditFilters = {
  action: text(100).optional(),
  actorId: Id.optional(),
  /** Somebody who did it, or whom it was about. */
  person: Id.optional(),
  /** From this moment on, and before that one. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** Looked for in action, target, address, request and details, ignoring case. */
  q: text(200).optional(),
}
export const AuditQuery = PageQuery.extend(auditFilters)
/** JSON Lines, or CSV with a head; the newest first. */
export const AuditExportQuery = z.strictObject({ ...auditFilters, format: z.enum(['jsonl', 'csv']).default('jsonl') })
/**
 * `firstBroken` is the id of the first row whose hash does not follow from the one before. `firstUnknown` is that of the first row, of `unknown`,
 * which a newer version wrote in a way that this one cannot check: neither sound nor broken. `pending` rows are not in the chain yet.
 */
export const AuditVerification = z
  .object({
    intact: z.boolean(),
    entries: z.int(),
    head: z.string().nullable(),
    firstBroken: z.int().nullable(),
    unknown: z.int(),
    firstUnknown: z.int().nullable(),
    pending: z.int(),
  })
  .meta({ id: 'AuditVerification' })
export type AuditVerification = z.infer<typeof AuditVerification>

/** A tool as an administrator sees it: the loosest policy that a person may choose. */
export const AdminTool = z.object({ name: z.string(), title: z.string(), risk: z.enum(['read', 'write', 'act']), loosest: ApprovalPolicy })
export type AdminTool = z.infer<typeof AdminTool>
export const AdminToolBody = z.strictObject({ loosest: ApprovalPolicy })
