import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say } from '#words/say.ts'

/** A conversation of somebody, as plain text. It is read once: to look again is to read again. */
export function ReadOne({ id, reason }: { id: string; reason: string }) {
  const query = useInfiniteQuery({
    queryKey: ['admin-read', id, reason],
    queryFn: ({ pageParam, signal }) =>
      call(endpoints.adminReadConversation, { params: { id }, body: { reason, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    gcTime: 0,
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  if (query.error) return <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />
  if (!query.data) return <SkeletonList label={say('Loading the conversation')} rows={3} />
  const messages = query.data.pages.toReversed().flatMap(({ messages }) => messages)
  return (
    <div className="flex flex-col gap-3 rounded-lg bg-sunken p-3">
      {query.hasNextPage && (
        <Button className="self-start" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show earlier messages')}
        </Button>
      )}
      {messages.map(({ id: message, role, content }) => (
        <div key={message}>
          <p className="text-sm text-muted">{role === 'user' ? say('Question') : say('Answer')}</p>
          <p dir="auto" className="text-[0.9375rem] whitespace-pre-wrap wrap-anywhere">
            {content}
          </p>
        </div>
      ))}
    </div>
  )
}
