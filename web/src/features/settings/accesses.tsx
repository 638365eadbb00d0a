import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { WordsAccess } from '@jarvis/contracts/privacy-endpoints.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say } from '#words/say.ts'

/** Which administrator read what this person said, when and why. */
export function Accesses() {
  const query = useInfiniteQuery({
    queryKey: ['accesses'],
    queryFn: ({ pageParam, signal }) => call(endpoints.myAccess, { query: { limit: 20, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })
  if (query.error) return <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />
  if (!query.data) return <SkeletonList label={say('Loading who read them')} rows={2} />
  const items = query.data.pages.flatMap(({ items }) => items)
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        {items.length === 0
          ? say('No administrator has read your conversations. If one does, you see here who, when and why.')
          : say('An administrator needs a reason to read your conversations, and each time is listed here.')}
      </p>
      {items.length > 0 && (
        <ul aria-label={say('Who read your conversations')} className="flex flex-col gap-4">
          {items.map((access) => (
            <li key={access.id}>
              <Access access={access} />
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button className="self-start" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
    </div>
  )
}

function Access({ access: { at, by, what, conversationId, title, reason } }: { access: WordsAccess }) {
  return (
    <>
      <p className="[overflow-wrap:anywhere]">
        {by ? by.name || by.email : say('An administrator whose account is gone')}
        <span className="text-muted"> · {formatMoment(at)}</span>
      </p>
      <p dir="auto" className="[overflow-wrap:anywhere]">
        “{reason}”
      </p>
      <p className="text-sm text-muted [overflow-wrap:anywhere]">
        {what === 'list' ? (
          say('The titles of your conversations')
        ) : conversationId !== null && title !== null ? (
          <Link to="/c/$conversationId" params={{ conversationId }} className="underline underline-offset-4">
            {title || say('New chat')}
          </Link>
        ) : (
          say('A deleted conversation')
        )}
      </p>
    </>
  )
}
