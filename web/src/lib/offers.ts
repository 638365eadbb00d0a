import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { queryClient } from './query.ts'

/** What plan and role open to this person: read anew as soon as one of them changes. */
const offers = 'offers'

export const modelsQuery = queryOptions({
  queryKey: [offers, 'models'],
  queryFn: ({ signal }) => call(endpoints.models, {}, signal),
  staleTime: 300_000,
})
export const toolsQuery = queryOptions({
  queryKey: [offers, 'tools'],
  queryFn: ({ signal }) => call(endpoints.tools, {}, signal),
  staleTime: 300_000,
})
export const plansQuery = queryOptions({
  queryKey: [offers, 'plans'],
  queryFn: ({ signal }) => call(endpoints.plans, {}, signal),
  staleTime: 300_000,
})
export const subscriptionQuery = queryOptions({
  queryKey: [offers, 'subscription'],
  queryFn: ({ signal }) => call(endpoints.subscription, {}, signal),
})

export async function refreshOffers() {
  await Promise.all([[offers], ['usage']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}
