import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PeopleOrder } from '@jarvis/contracts/admin.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { announcementsQuery } from '#lib/announcements.ts'
import { call } from '#lib/call.ts'
import { instanceQuery } from '#lib/instance.ts'
import { refreshOffers } from '#lib/offers.ts'
import { queryClient } from '#lib/query.ts'

const admin = 'admin'

export const guardQuery = queryOptions({ queryKey: [admin, 'guard'], queryFn: ({ signal }) => call(endpoints.adminGuard, {}, signal) })

export const verdictsQuery = infiniteQueryOptions({
  queryKey: [admin, 'verdicts'],
  queryFn: ({ pageParam, signal }) => call(endpoints.adminGuardVerdicts, { query: { limit: 20, cursor: pageParam ?? undefined } }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: ({ nextCursor }) => nextCursor,
})

export const statsQuery = queryOptions({ queryKey: [admin, 'stats'], queryFn: ({ signal }) => call(endpoints.adminStats, {}, signal) })

export const healthQuery = queryOptions({
  queryKey: [admin, 'health'],
  queryFn: ({ signal }) => call(endpoints.adminHealth, {}, signal),
  refetchInterval: 10_000,
})

export type UsersChoice = { q?: string | undefined; plan?: PlanId | undefined; role?: Role | undefined; order?: PeopleOrder | undefined }

export const usersQuery = (choice: UsersChoice) =>
  infiniteQueryOptions({
    queryKey: [admin, 'users', choice],
    queryFn: ({ pageParam, signal }) => call(endpoints.adminUsers, { query: { ...choice, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

/** The names behind the ids of a report; an installation with more people than a page shows the others by id. */
export const peopleQuery = queryOptions({
  queryKey: [admin, 'people'],
  queryFn: ({ signal }) => call(endpoints.adminUsers, { query: { limit: 200 } }, signal),
})

export type AuditFilters = { action?: string; person?: string; from?: string; to?: string; q?: string }

export const auditQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: [admin, 'audit', filters],
    queryFn: ({ pageParam, signal }) => call(endpoints.adminAudit, { query: { ...filters, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

export const settingsQuery = queryOptions({ queryKey: [admin, 'settings'], queryFn: ({ signal }) => call(endpoints.adminSettings, {}, signal) })
export const plansQuery = queryOptions({ queryKey: [admin, 'plans'], queryFn: ({ signal }) => call(endpoints.adminPlans, {}, signal) })
export const privacyQuery = queryOptions({ queryKey: [admin, 'privacy'], queryFn: ({ signal }) => call(endpoints.adminPrivacy, {}, signal) })
export const retentionQuery = queryOptions({ queryKey: [admin, 'retention'], queryFn: ({ signal }) => call(endpoints.adminRetention, {}, signal) })
export const erasuresQuery = queryOptions({ queryKey: [admin, 'erasures'], queryFn: ({ signal }) => call(endpoints.adminErasures, {}, signal) })
export const toolsQuery = queryOptions({ queryKey: [admin, 'tools'], queryFn: ({ signal }) => call(endpoints.adminTools, {}, signal) })

export const providersQuery = queryOptions({ queryKey: [admin, 'providers'], queryFn: ({ signal }) => call(endpoints.adminProviders, {}, signal) })
export const modelsQuery = queryOptions({ queryKey: [admin, 'models'], queryFn: ({ signal }) => call(endpoints.adminModels, {}, signal) })
export const failuresQuery = queryOptions({ queryKey: [admin, 'failures'], queryFn: ({ signal }) => call(endpoints.adminFailedCalls, {}, signal) })
export const lessonsQuery = queryOptions({ queryKey: [admin, 'lessons'], queryFn: ({ signal }) => call(endpoints.adminLessons, {}, signal) })
export const foundQuery = queryOptions({ queryKey: [admin, 'found'], queryFn: ({ signal }) => call(endpoints.adminFoundProviders, {}, signal) })
/** The provider is asked, so not behind one's back. */
export const offeredQuery = (id: string) =>
  queryOptions({
    queryKey: [admin, 'offered', id],
    queryFn: ({ signal }) => call(endpoints.adminProviderModels, { params: { id } }, signal),
    retry: false,
    refetchOnWindowFocus: false,
  })

export const sessionsQuery = (id: string) =>
  queryOptions({ queryKey: [admin, 'sessions', id], queryFn: ({ signal }) => call(endpoints.adminSessions, { params: { id } }, signal) })

export const versionsQuery = queryOptions({ queryKey: [admin, 'terms'], queryFn: ({ signal }) => call(endpoints.adminTerms, {}, signal) })
export const announcedQuery = queryOptions({
  queryKey: [admin, 'announcements'],
  queryFn: ({ signal }) => call(endpoints.adminAnnouncements, {}, signal),
})

export const scimTokensQuery = queryOptions({ queryKey: [admin, 'scim'], queryFn: ({ signal }) => call(endpoints.adminScimTokens, {}, signal) })

export const invitationsQuery = queryOptions({
  queryKey: [admin, 'invitations'],
  queryFn: ({ signal }) => call(endpoints.adminInvitations, {}, signal),
})

/** After a change nearly every figure of the administration may differ. */
export const refreshAdmin = () => queryClient.invalidateQueries({ queryKey: [admin] })

/** The page shows it too, and what it is told by the socket may come later. */
export const refreshAnnounced = () => Promise.all([refreshAdmin(), queryClient.invalidateQueries({ queryKey: announcementsQuery.queryKey })])

/** Who answers may differ, for everybody here. */
export const refreshModels = () => Promise.all([refreshAdmin(), refreshOffers(), queryClient.invalidateQueries({ queryKey: instanceQuery.queryKey })])
