import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { infiniteQueryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'

export const memoriesQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['memories', q],
    queryFn: ({ pageParam, signal }) => call(endpoints.memories, { query: { q: q || undefined, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // Memories are also made by chats, after their answer.
    staleTime: 0,
  })

export const refreshMemories = () => queryClient.invalidateQueries({ queryKey: ['memories'] })
