import type {
  AdminStats,
  AdminTool,
  AdminToolBody,
  AdminUsageQuery,
  AdminUsageReport,
  AdminUser,
  AuditExportQuery,
  AuditVerification,
  InstallationSettings,
  InstallationSettingsBody,
  UpdateUserBody,
} from '@jarvis/contracts/admin.ts'
import type { PasswordLink, PasswordLinkBody } from '@jarvis/contracts/accounts.ts'
import type { InvitationBody, InvitedMany, InviteManyBody, NewInvitation } from '@jarvis/contracts/invitations.ts'
import type { z } from 'zod'
import type { Accounts } from '#features/accounts/index.ts'
import type { Audit } from '#features/audit/index.ts'
import type { Billing } from '#features/billing/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { By } from '#lib/caller.ts'
import type { Transaction } from '#ports/database/index.ts'
import { createGuardDesk, type GuardDeskDeps } from './guard-desk.ts'
import { createHealth, type HealthDeps } from './health.ts'
import { paymentStats, runStats, userStats } from './stats.ts'
import { createPeople, type PeopleDeps } from './people.ts'
import { createUserList, type UserListDeps } from './users.ts'

export type AdminDeps = UserListDeps & {
  accounts: Pick<Accounts, 'changeUser' | 'factors' | 'invitations' | 'setUserCeiling'> & PeopleDeps['accounts']
  erase: PeopleDeps['erase']
  audit: Audit
  billing: Billing
  subscriptionFigures(): Promise<AdminStats['subscriptions']>
  backupFigures(): Promise<AdminStats['backup']>
  limits: GuardDeskDeps['limits']
  guard: GuardDeskDeps['guard']
  health: Omit<HealthDeps, 'db' | 'backup'>
  feedbackTotals(): Promise<AdminStats['feedback']>
  routingTotals(): Promise<AdminStats['routing']>
  cacheSharing: {
    now(): InstallationSettings['responseCache']
    source: InstallationSettings['responseCacheSource']
    choose(tx: Transaction, sharing: InstallationSettings['responseCache']): Promise<void>
    changed(): Promise<void>
  }
  tools: { floors(): Promise<AdminTool[]>; setFloor(tx: Transaction, name: string, loosest: AdminTool['loosest']): Promise<AdminTool> }
}
export type Admin = ReturnType<typeof createAdmin>
/** The administrator who acts, for the audit. */

/** What administrators see and set. Who may come here is the routes' matter; everything that changes something is audited from old to new. */
export function createAdmin(deps: AdminDeps) {
  const { db, accounts, audit, billing, cacheSharing } = deps
  const users = createUserList(deps)

  const record = (tx: Transaction, { caller, origin: { address, requestId } }: By, action: string, target: string, details: Record<string, string>) =>
    audit.record(tx, { action, actorId: caller.userId, target, details, address, requestId })

  const settings = async (): Promise<InstallationSettings> => ({
    ceilingMicroUsd: await billing.installationCeiling(),
    responseCache: cacheSharing.now(),
    responseCacheSource: cacheSharing.source,
    factorRequiredFor: await accounts.factors.required(),
  })

  return {
    users: users.list,
    ...createGuardDesk({ db, limits: deps.limits, guard: deps.guard, record: audit.recordAlone }),
    ...createPeople({ accounts, get: users.get, erase: deps.erase }),

    /** @throws not_found, conflict for the last administrator */
    async updateUser(by: By, userId: string, { ceilingMicroUsd, ...change }: z.infer<typeof UpdateUserBody>): Promise<AdminUser> {
      const { address, requestId } = by.origin
      await accounts.changeUser(userId, change, { actorId: by.caller.userId, source: 'admin', origin: { address, requestId } })
      if (ceilingMicroUsd !== undefined) {
        await db.transaction(async (tx) => {
          const before = await accounts.setUserCeiling(tx, userId, ceilingMicroUsd)
          if (before !== ceilingMicroUsd) await record(tx, by, 'user.ceiling', userId, { ceilingMicroUsd: `${before} → ${ceilingMicroUsd}` })
        })
      }
      return users.get(userId)
    },

    /** Who may hand a link over may sign in as its person: so only one who has just shown who they are. @throws not_found, reauthentication_required */
    async endPassword(by: By, userId: string, body: z.infer<typeof PasswordLinkBody>): Promise<PasswordLink> {
      await accounts.requireRecent(by.caller)
      const { address, requestId } = by.origin
      return await accounts.endPassword(userId, body, { actorId: by.caller.userId, origin: { address, requestId } })
    },

    /** As for a password: who may take a factor away comes nearer to the account. @throws not_found, reauthentication_required */
    async resetFactors(by: By, userId: string): Promise<void> {
      await accounts.requireRecent(by.caller)
      const { address, requestId } = by.origin
      await accounts.factors.reset(userId, { actorId: by.caller.userId, origin: { address, requestId } })
    },

    invitations: accounts.invitations.list,
    /** @throws email_taken, conflict, invalid_request */
    invite: ({ caller, origin: { address, requestId, language } }: By, body: z.infer<typeof InvitationBody>): Promise<NewInvitation> =>
      accounts.invitations.invite(body, { actorId: caller.userId, origin: { address, requestId, language } }),
    /** @throws conflict, invalid_request */
    inviteMany: ({ caller, origin: { address, requestId, language } }: By, body: z.infer<typeof InviteManyBody>): Promise<InvitedMany> =>
      accounts.invitations.inviteMany(body, { actorId: caller.userId, source: 'admin', origin: { address, requestId, language } }),
    /** @throws not_found */
    revokeInvitation: ({ caller, origin: { address, requestId } }: By, id: string): Promise<void> =>
      accounts.invitations.revoke(id, { actorId: caller.userId, origin: { address, requestId } }),

    usage: (query: z.infer<typeof AdminUsageQuery>): Promise<AdminUsageReport> => billing.usageOfAll(query),

    async stats(): Promise<AdminStats> {
      const [people, subscriptions, month, runs, payments, backup, feedback, routing] = await Promise.all([
        userStats(db),
        deps.subscriptionFigures(),
        billing.monthFigures(),
        runStats(db),
        paymentStats(db),
        deps.backupFigures(),
        deps.feedbackTotals(),
        deps.routingTotals(),
      ])
      return { users: people, subscriptions, month, runs, payments, backup, feedback, routing }
    },

    health: createHealth({ db, ...deps.health, backup: deps.backupFigures }),

    auditEntries: audit.list,
    /** Who saves the trail leaves one. */
    async exportAudit({ caller, origin: { address, requestId } }: By, query: z.infer<typeof AuditExportQuery>): Promise<AsyncIterable<string>> {
      // What is looked for may be words or an address: the audit has neither.
      const { q, ...filters } = query
      const asked = Object.entries({ ...filters, q: q === undefined ? undefined : true }).filter(([, value]) => value !== undefined)
      const details = Object.fromEntries(asked) as Record<string, string | boolean>
      await audit.recordAlone({ action: 'audit.exported', actorId: caller.userId, details, address, requestId })
      return audit.export(query)
    },
    async verifyAudit(): Promise<AuditVerification> {
      const { ok, rows, head, firstBadId, unknown, firstUnknownId, pending } = await audit.verify()
      return { intact: ok, entries: rows, head, firstBroken: firstBadId, unknown, firstUnknown: firstUnknownId, pending }
    },

    settings,

    /** @throws conflict for what the environment says, and for a factor that the caller has not; reauthentication_required for whose factors are asked */
    async updateSettings(by: By, wished: z.infer<typeof InstallationSettingsBody>): Promise<InstallationSettings> {
      const before = await settings()
      const after = {
        ...before,
        ...wished,
        ...(wished.factorRequiredFor && { factorRequiredFor: [...new Set(wished.factorRequiredFor)].toSorted() }),
      }
      if (after.responseCache !== before.responseCache && before.responseCacheSource === 'environment')
        throw new AppError('conflict', 'The environment (RESPONSE_CACHE) says this: change it there.')
      const details = Object.fromEntries(
        (['ceilingMicroUsd', 'responseCache', 'factorRequiredFor'] as const).flatMap((name) =>
          String(after[name]) === String(before[name]) ? [] : [[name, `${String(before[name])} → ${String(after[name])}`]],
        ),
      )
      if (Object.keys(details).length === 0) return before
      if (details.factorRequiredFor) await accounts.requireRecent(by.caller)
      await db.transaction(async (tx) => {
        if (details.factorRequiredFor) await accounts.factors.require(tx, after.factorRequiredFor, by.caller)
        if (details.ceilingMicroUsd) await billing.setInstallationCeiling(after.ceilingMicroUsd, tx)
        if (details.responseCache) await cacheSharing.choose(tx, after.responseCache)
        await record(tx, by, 'settings.changed', 'installation', details)
      })
      if (details.responseCache) await cacheSharing.changed()
      if (details.factorRequiredFor) await accounts.factors.announceRequired()
      return await settings()
    },

    tools: deps.tools.floors,

    /** @throws not_found */
    async setTool(by: By, name: string, { loosest }: z.infer<typeof AdminToolBody>): Promise<AdminTool> {
      const before = (await deps.tools.floors()).find((tool) => tool.name === name)?.loosest
      return await db.transaction(async (tx) => {
        const tool = await deps.tools.setFloor(tx, name, loosest)
        if (before !== loosest) await record(tx, by, 'tool.loosest', name, { loosest: `${before} → ${loosest}` })
        return tool
      })
    },
  }
}
