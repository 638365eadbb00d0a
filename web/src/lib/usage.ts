import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'

export type UsageChoice = { from?: string | undefined; to?: string | undefined; group?: 'day' | 'model' | 'conversation' | 'key' }

/** Without a choice it is of the current billing cycle, by day. */
export const usageQuery = (choice: UsageChoice = {}) =>
  queryOptions({ queryKey: ['usage', choice], queryFn: ({ signal }) => call(endpoints.usage, { query: choice }, signal) })
