import type { Instance } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { request } from './request.ts'

export const instanceQuery = queryOptions({
  queryKey: ['instance'],
  queryFn: ({ signal }) => request(endpoints.instance, {}, { signal }),
  staleTime: 60_000,
})

export function useInstance(): Instance | undefined {
  return useQuery(instanceQuery).data
}
