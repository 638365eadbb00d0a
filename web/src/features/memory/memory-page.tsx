import type { Memory } from '@jarvis/contracts/memory.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { memoryIsFull } from '#lib/memory-is-full.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { Page } from '#ui/page.tsx'
import { SearchInput } from '#ui/search-input.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { CarryMemories } from './carry.tsx'
import { ForgetAll, ForgetOne } from './forget.tsx'
import { AddMemory, MemoryRow } from './memory-row.tsx'
import { PauseMemory } from './pause.tsx'
import { memoriesQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** So few need no search. */
const seenAtAGlance = 5

export function MemoryPage() {
  const [search, setSearch] = useState('')
  const [doomed, setDoomed] = useState<Memory | 'all' | null>(null)
  const q = useDebounced(search.trim(), 250)
  const query = useInfiniteQuery(memoriesQuery(q))
  const memories = query.data?.pages.flatMap(({ items }) => items) ?? []
  const searchable = memories.length > seenAtAGlance || search !== '' || q !== ''
  return (
    <Page
      title={say('Memory')}
      lead={say('What Jarvis remembers of you, and uses when it fits a question. Only you see it. Change or forget whatever you like.')}
    >
      <div className="flex flex-col gap-6">
        <PauseMemory />
        <AddMemory />
        {query.data?.pages[0]?.full && <Notice>{memoryIsFull()}</Notice>}
        {searchable && (
          <div role="search" aria-label={say('Memories')} className="relative">
            <SearchInput label={say('Search memories')} placeholder={say('Search')} value={search} onChange={setSearch} />
          </div>
        )}
        {query.isPending && <SkeletonList label={say('Loading memories')} />}
        {query.isError && <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
        {query.isSuccess && memories.length === 0 && (
          <p className="text-muted">
            {q
              ? say('Nothing remembered about “{words}”.', { words: q })
              : say('Nothing yet. Add something above, or tell Jarvis about yourself in a chat.')}
          </p>
        )}
        {memories.length > 0 && (
          <ul aria-label={say('Memories')} className="border-b border-line">
            {memories.map((memory) => (
              <MemoryRow key={memory.id} memory={memory} onForget={() => setDoomed(memory)} />
            ))}
          </ul>
        )}
        {query.hasNextPage && (
          <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {say('Show more')}
          </Button>
        )}
        <p className="text-sm text-muted">
          {say(
            'What was said in your conversations is searched too, and used where it fits: the answer then names it, with a link. It is not listed here. It goes with its conversation.',
          )}
        </p>
        <div className="flex flex-wrap gap-2">
          <CarryMemories any={memories.length > 0} />
          <Button look="danger" onClick={() => setDoomed('all')}>
            {say('Forget all')}
          </Button>
        </div>
      </div>
      {doomed === 'all' && <ForgetAll onClose={() => setDoomed(null)} />}
      {doomed && doomed !== 'all' && <ForgetOne memory={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  )
}
