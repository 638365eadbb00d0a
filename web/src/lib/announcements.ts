import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'

/** What everybody is told now. The socket says when that changes, so nobody asks again but who was away. */
export const announcementsQuery = queryOptions({
  queryKey: ['announcements'],
  queryFn: ({ signal }) => call(endpoints.announcements, {}, signal),
  staleTime: 300_000,
})
