import type { Conversation } from '@jarvis/contracts/chat.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Archive, ArrowLeft } from 'lucide-react'
import { type RefObject, Suspense, lazy, useCallback, useMemo, useState } from 'react'
import { conversationsQuery } from '#features/chat/queries.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { ConversationRow } from './conversation-row.tsx'
import { FoundPlace } from './found-place.tsx'
import { groupByAge } from './groups.ts'
import { MoreWhenSeen } from './more-when-seen.tsx'
import { SearchField } from './search-field.tsx'

const DeleteDialog = lazy(async () => ({ default: (await import('./delete-dialog.tsx')).DeleteDialog }))

type ListProps = { searchField: RefObject<HTMLInputElement | null>; onOpen: () => void }

export function ConversationList({ searchField, onOpen }: ListProps) {
  const [search, setSearch] = useState('')
  const [archived, setArchived] = useState(false)
  const [doomed, setDoomed] = useState<Conversation | null>(null)
  const q = useDebounced(search.trim(), 200)
  const query = useInfiniteQuery({ ...conversationsQuery(q, archived), placeholderData: (before) => (archived || q ? undefined : before) })
  const { conversationId } = useParams({ strict: false })
  const conversations = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data])
  const groups = useMemo(() => groupByAge(conversations), [conversations])
  const askDelete = useCallback((conversation: Conversation) => setDoomed(conversation), [])

  return (
    <nav aria-label="Conversations" className="flex min-h-0 grow flex-col">
      <SearchField field={searchField} value={search} onChange={setSearch} />
      <div className="min-h-0 grow overflow-y-auto px-2 pb-4">
        {archived && (
          <button
            type="button"
            className="mb-1 flex min-h-10 w-full items-center gap-2 rounded-lg px-3 text-sm font-medium hover:bg-hover"
            onClick={() => setArchived(false)}
          >
            <ArrowLeft aria-hidden className="size-4" /> Archived conversations
          </button>
        )}
        {query.isPending && <SkeletonList label="Loading conversations" rows={6} />}
        {query.isError && (
          <div className="px-3 text-sm">
            <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />
          </div>
        )}
        {query.isSuccess && conversations.length === 0 && <p className="px-3 py-2 text-sm text-muted">{emptyText(q, archived)}</p>}
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h2 className="px-3 pt-4 pb-1.5 text-[0.8125rem] text-faint">{group.title}</h2>
            <ul>
              {group.conversations.map((conversation) => (
                <li key={conversation.id}>
                  <ConversationRow conversation={conversation} current={conversation.id === conversationId} onOpen={onOpen} onDelete={askDelete} />
                  {conversation.matches?.map((match) => (
                    <FoundPlace key={match.messageId} conversationId={conversation.id} match={match} onOpen={onOpen} />
                  ))}
                </li>
              ))}
            </ul>
          </section>
        ))}
        {query.hasNextPage && (
          <MoreWhenSeen busy={query.isFetchingNextPage} failed={query.isFetchNextPageError} onMore={() => void query.fetchNextPage()} />
        )}
        {query.isSuccess && !query.hasNextPage && !archived && !q && (
          <button
            type="button"
            className="mt-4 flex min-h-10 w-full items-center gap-2 rounded-lg px-3 text-start text-sm text-faint hover:bg-hover hover:text-ink"
            onClick={() => setArchived(true)}
          >
            <Archive aria-hidden className="size-4" /> Archived
          </button>
        )}
      </div>
      <Suspense>{doomed && <DeleteDialog conversation={doomed} current={doomed.id === conversationId} onClose={() => setDoomed(null)} />}</Suspense>
    </nav>
  )
}

const emptyText = (q: string, archived: boolean) => {
  if (q) return `Nothing found for “${q}”.`
  return archived ? 'Nothing is archived.' : 'Your conversations will be listed here.'
}
