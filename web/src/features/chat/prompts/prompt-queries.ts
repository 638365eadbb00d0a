import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'

export const promptsQuery = queryOptions({ queryKey: ['prompts'], queryFn: ({ signal }) => call(endpoints.prompts, {}, signal), staleTime: 60_000 })
