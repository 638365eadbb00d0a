import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { request } from './request.ts'

/** How one may sign in here. */
export const signInMethodsQuery = queryOptions({
  queryKey: ['sign-in-methods'],
  queryFn: ({ signal }) => request(endpoints.signInMethods, {}, { signal }),
  staleTime: 60_000,
  retry: false,
})
