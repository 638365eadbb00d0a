import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'

export const apiKeysKey = ['api-keys'] as const
export const retentionQuery = queryOptions({ queryKey: ['retention'], queryFn: ({ signal }) => call(endpoints.retention, {}, signal) })
export const factorsQuery = queryOptions({ queryKey: ['factors'], queryFn: ({ signal }) => call(endpoints.factors, {}, signal) })
