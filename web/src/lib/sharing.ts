import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { SharedKind, SharingBody } from '@jarvis/contracts/sharing.ts'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import { messageOf } from './problem.ts'
import { queryClient } from './query.ts'

/** The organisation that one is in: one at most. */
export const ownOrganisationQuery = queryOptions({
  queryKey: ['organisation'],
  queryFn: ({ signal }) => call(endpoints.organisations, {}, signal),
})

export const groupsQuery = (id: string) =>
  queryOptions({ queryKey: ['organisation', 'groups', id], queryFn: ({ signal }) => call(endpoints.groups, { params: { id } }, signal) })

/** Whether there is anybody to share with. */
export const useMayShare = (): boolean => (useQuery(ownOrganisationQuery).data?.items.length ?? 0) > 0

/** Whom a thing of one's own is shared with, whom it could be, and the way to change it. */
export function useSharing(kind: SharedKind, id: string, onSaved: () => void) {
  const params = { kind, id }
  const own = useQuery(ownOrganisationQuery)
  const organisation = own.data?.items[0]
  const groups = useQuery({ ...groupsQuery(organisation?.id ?? ''), enabled: organisation !== undefined })
  const now = useQuery({
    queryKey: ['sharing', kind, id],
    queryFn: ({ signal }) => call(endpoints.thingSharing, { params }, signal),
    // It is changed elsewhere, too.
    staleTime: 0,
  })
  const save = useMutation({
    mutationFn: (body: SharingBody) => call(endpoints.shareThing, { params, body }),
    async onSuccess(saved) {
      queryClient.setQueryData(['sharing', kind, id], saved)
      onSaved()
    },
  })
  const error = own.error ?? groups.error ?? now.error ?? save.error
  return {
    organisation: organisation?.name,
    groups: groups.data?.items,
    now: now.isFetchedAfterMount ? now.data : undefined,
    busy: save.isPending,
    error: error ? messageOf(error) : undefined,
    onSave: save.mutate,
  }
}
