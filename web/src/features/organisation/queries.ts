import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'

export { groupsQuery, ownOrganisationQuery as ownQuery } from '#lib/sharing.ts'

const organisation = 'organisation'

export const membersQuery = (id: string, q: string) =>
  infiniteQueryOptions({
    queryKey: [organisation, 'members', id, q],
    queryFn: ({ pageParam, signal }) =>
      call(endpoints.organisationMembers, { params: { id }, query: { q: q || undefined, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: (before) => before,
  })

/** Of a group. */
export const groupMembersQuery = (id: string, groupId: string) =>
  infiniteQueryOptions({
    queryKey: [organisation, 'group-members', id, groupId],
    queryFn: ({ pageParam, signal }) =>
      call(endpoints.organisationMembers, { params: { id }, query: { groupId, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

export const invitationsQuery = (id: string) =>
  queryOptions({
    queryKey: [organisation, 'invitations', id],
    queryFn: ({ signal }) => call(endpoints.memberInvitations, { params: { id } }, signal),
  })

export const budgetQuery = (id: string) =>
  queryOptions({
    queryKey: [organisation, 'budget', id],
    queryFn: ({ signal }) => call(endpoints.organisationBudget, { params: { id } }, signal),
  })

export const seatsQuery = (id: string) =>
  queryOptions({
    queryKey: [organisation, 'subscription', id],
    queryFn: ({ signal }) => call(endpoints.organisationSubscription, { params: { id } }, signal),
  })

/** All of it hangs together: who is in it decides seats, and seats the budget. */
export const refreshOrganisation = () => queryClient.invalidateQueries({ queryKey: [organisation] })
