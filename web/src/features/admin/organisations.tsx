import type { AdminOrganisation } from '@jarvis/contracts/organisations.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatShort } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SearchInput } from '#ui/search-input.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { SeatsDialog } from './seats-dialog.tsx'
import { say } from '#words/say.ts'

const listQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'organisations', q],
    queryFn: ({ pageParam, signal }) => call(endpoints.adminOrganisations, { query: { q: q || undefined, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: (before) => before,
  })

/** All of them, with what they cost and whether somebody can still act for them; nothing of what members write. */
export function AdminOrganisations() {
  const [search, setSearch] = useState('')
  const [edited, setEdited] = useState<AdminOrganisation | null>(null)
  const query = useInfiniteQuery(listQuery(useDebounced(search.trim(), 250)))
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <div className="flex flex-col gap-6">
      <div className="relative max-w-md">
        <SearchInput label={say('Search organisations')} placeholder={say('Name')} value={search} onChange={setSearch} />
      </div>
      {query.isPending && <SkeletonList label={say('Loading')} rows={4} />}
      {query.isError && <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <p className="text-muted">
          {search.trim() ? say('No organisation fits this search.') : say('There are none yet. Anybody makes one in their settings.')}
        </p>
      )}
      {rows.length > 0 && <Table label={say('Organisations')} columns={columnsOf(setEdited)} rows={rows} rowKey={({ id }) => id} />}
      {query.hasNextPage && (
        <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
      {edited && <SeatsDialog organisation={edited} onClose={() => setEdited(null)} />}
    </div>
  )
}

const columnsOf = (edit: (row: AdminOrganisation) => void): Column<AdminOrganisation>[] => [
  { name: say('Name'), cell: (row) => <Named organisation={row} /> },
  { name: say('Plan of a seat'), cell: ({ plan, seats }) => (seats > 0 ? planNames[plan] : '—') },
  { name: say('Seats taken'), numeric: true, cell: ({ seats, seatsTaken }) => say('{taken} of {seats}', { taken: seatsTaken, seats }) },
  { name: say('Members'), numeric: true, cell: ({ members }) => members },
  { name: say('Tokens'), numeric: true, cell: ({ tokensUsed }) => formatShort(tokensUsed) },
  { name: say('Cost'), numeric: true, cell: ({ costMicroUsd }) => formatUsd(costMicroUsd) },
  {
    name: say('Change'),
    act: true,
    cell: (row) => (
      <Button className="min-h-9 px-3 text-sm" aria-label={say('Change {name}', { name: row.name })} onClick={() => edit(row)}>
        {say('Change')}
      </Button>
    ),
  },
]

function Named({ organisation: { name, owners } }: { organisation: AdminOrganisation }) {
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex flex-wrap items-center gap-2 font-medium">
        <bdi>{name}</bdi>
        {owners.length === 0 && <Badge look="danger">{say('No owner can come in')}</Badge>}
      </span>
      <span className="text-sm text-muted [overflow-wrap:anywhere]">{owners.map(({ email }) => email).join(', ')}</span>
    </span>
  )
}
