import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'

export const conversationQuery = (id: string) =>
  queryOptions({ queryKey: ['conversation', id], queryFn: ({ signal }) => call(endpoints.conversation, { params: { id } }, signal) })
