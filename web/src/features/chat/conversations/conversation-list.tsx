import type { Conversation } from '@jarvis/contracts/chat.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Suspense, lazy, useCallback, useMemo, useState } from 'react'
import { conversationsQuery } from '#features/chat/queries.ts'
import { messageOf } from '#lib/problem.ts'
import { useStore } from '#lib/store.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { ConversationRow } from './conversation-row.tsx'
import { ConversationFilter } from './conversation-filter.tsx'
import { type Shown, shownList } from './folder-queries.ts'
import { groupByAge } from './groups.ts'
import { MoreWhenSeen } from './more-when-seen.tsx'
import { SearchField } from './search-field.tsx'
import { say } from '#words/say.ts'

const SelectionBar = lazy(async () => ({ default: (await import('./selection-bar.tsx')).SelectionBar }))
const FoundPlace = lazy(async () => ({ default: (await import('./found-place.tsx')).FoundPlace }))
const DeleteDialog = lazy(async () => ({ default: (await import('./delete-dialog.tsx')).DeleteDialog }))

export function ConversationList({ onOpen }: { onOpen: () => void }) {
  const [search, setSearch] = useState('')
  const [doomed, setDoomed] = useState<Conversation | null>(null)
  const [selected, setSelected] = useState<readonly string[] | null>(null)
  const shown = useStore(shownList)
  const q = useDebounced(search.trim(), 200)
  const archived = shown.kind === 'archived'
  const isAll = shown.kind === 'all'
  const folderId = shown.kind === 'folder' ? shown.id : undefined
  const query = useInfiniteQuery({
    ...conversationsQuery(q, { archived, folderId }),
    placeholderData: (before) => (isAll && !q ? before : undefined),
  })
  // However old they are: they stand above the others.
  const pins = useInfiniteQuery({ ...conversationsQuery('', { pinned: true }), enabled: isAll && !q })
  const { conversationId } = useParams({ strict: false })
  const pinned = useMemo(
    () => (isAll && !q ? (pins.data?.pages.flatMap(({ items }) => items) ?? []).filter((one) => one.pinned) : []),
    [isAll, q, pins.data],
  )
  const conversations = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data])
  const groups = useMemo(() => {
    const others = conversations.filter(({ id }) => !pinned.some((pin) => pin.id === id))
    return [...(pinned.length > 0 ? [{ title: say('Pinned'), conversations: pinned }] : []), ...groupByAge(others)]
  }, [conversations, pinned])
  const askDelete = useCallback((conversation: Conversation) => setDoomed(conversation), [])
  const ids = groups.flatMap((group) => group.conversations.map(({ id }) => id))
  const ticked = selected?.filter((id) => ids.includes(id))

  return (
    <nav aria-label={say('Conversations')} className="flex min-h-0 grow flex-col">
      <SearchField value={search} onChange={setSearch} />
      <ConversationFilter onSelect={() => setSelected([])} />
      <Suspense>
        {ticked && (
          <SelectionBar ids={ticked} total={ids.length} archived={archived} onAll={() => setSelected(ids)} onDone={() => setSelected(null)} />
        )}
      </Suspense>
      <div className="min-h-0 grow overflow-y-auto px-2 pb-4">
        {query.isPending && <SkeletonList label={say('Loading conversations')} rows={6} />}
        {query.isLoadingError && (
          <div className="px-3 text-sm">
            <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />
          </div>
        )}
        {query.isSuccess && conversations.length === 0 && <p className="px-3 py-2 text-sm text-muted">{emptyText(q, shown)}</p>}
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h2 className="px-3 pt-4 pb-1.5 text-[0.8125rem] text-faint">{group.title}</h2>
            <ul>
              {group.conversations.map((conversation) => (
                <li key={conversation.id} className={ticked && 'flex items-center'}>
                  {ticked && (
                    <input
                      type="checkbox"
                      aria-label={say('Select {name}', { name: conversation.title || say('New chat') })}
                      className="ms-3 size-4 shrink-0 accent-accent touch:size-6"
                      checked={ticked.includes(conversation.id)}
                      onChange={({ target }) =>
                        setSelected(target.checked ? [...ticked, conversation.id] : ticked.filter((id) => id !== conversation.id))
                      }
                    />
                  )}
                  <div className="min-w-0 grow">
                    <ConversationRow conversation={conversation} current={conversation.id === conversationId} onOpen={onOpen} onDelete={askDelete} />
                    <Suspense>
                      {conversation.matches?.map((match) => (
                        <FoundPlace key={match.messageId} conversationId={conversation.id} match={match} onOpen={onOpen} />
                      ))}
                    </Suspense>
                  </div>
                </li>
              ))}
            </ul>
          </section>
        ))}
        {query.hasNextPage && (
          <MoreWhenSeen busy={query.isFetchingNextPage} failed={query.isFetchNextPageError} onMore={() => void query.fetchNextPage()} />
        )}
      </div>
      <Suspense>{doomed && <DeleteDialog conversation={doomed} current={doomed.id === conversationId} onClose={() => setDoomed(null)} />}</Suspense>
    </nav>
  )
}

const emptyText = (q: string, { kind }: Shown) => {
  if (q) return say('Nothing found for “{words}”.', { words: q })
  if (kind === 'folder') return say('Nothing is in this folder. A new chat goes into it.')
  return kind === 'archived' ? say('Nothing is archived.') : say('Your conversations will be listed here.')
}
