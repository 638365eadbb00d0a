import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { request } from './request.ts'

/** The terms that are in force, for anybody. */
export const termsQuery = queryOptions({
  queryKey: ['terms'],
  queryFn: ({ signal }) => request(endpoints.terms, {}, { signal }),
})
