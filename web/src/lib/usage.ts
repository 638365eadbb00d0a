import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'

export const usageQuery = queryOptions({ queryKey: ['usage'], queryFn: ({ signal }) => call(endpoints.usage, {}, signal) })
