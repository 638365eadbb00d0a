import type { AuditEntry, AuditVerification } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SearchInput } from '#ui/search-input.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { AuditNarrowing } from './audit-narrowing.tsx'
import { type AuditFilters, auditQuery } from './queries.ts'
import { PersonName } from './person-name.tsx'
import { say, sayCount } from '#words/say.ts'

export type AuditSearch = { action?: string | undefined }

/** Who did what, in a chain in which no row can be changed or left out unseen. */
export function Audit() {
  const { action }: AuditSearch = useSearch({ strict: false })
  const [search, setSearch] = useState(action ?? '')
  const [narrowed, setNarrowed] = useState<AuditFilters>({})
  const filters = withAction(narrowed, useDebounced(search.trim(), 250))
  const query = useInfiniteQuery({ ...auditQuery(filters), placeholderData: (before) => before })
  const newest = useInfiniteQuery(auditQuery({})).data?.pages[0]?.items ?? []
  const actions = [...new Set(newest.map(({ action }) => action))].toSorted()
  const verify = useMutation({ mutationFn: () => call(endpoints.adminVerifyAudit, {}) })
  const entries = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-end gap-3">
        <div role="search" aria-label={say('Audit')} className="relative grow basis-56">
          <SearchInput
            label={say('Filter by action')}
            placeholder={say('Action in full, such as {example}', { example: 'login.failed' })}
            list="audit-actions"
            value={search}
            onChange={setSearch}
          />
          <datalist id="audit-actions">
            {actions.map((action) => (
              <option key={action}>{action}</option>
            ))}
          </datalist>
        </div>
        <Button className="min-h-11" busy={verify.isPending} onClick={() => verify.mutate()}>
          {say('Verify the chain')}
        </Button>
      </div>
      <AuditNarrowing onChange={setNarrowed} filters={filters} />
      <div role="status" className={verify.data ? undefined : 'sr-only'}>
        {verify.data && <Verified result={verify.data} />}
      </div>
      {verify.error && <Notice look="danger">{messageOf(verify.error)}</Notice>}
      {query.isPending && <SkeletonList label={say('Loading the audit trail')} rows={6} />}
      {query.isError && <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && entries.length === 0 && <p className="text-muted">{say('No entry fits this filter.')}</p>}
      {entries.length > 0 && <Table label={say('Audit trail')} columns={columns()} rows={entries} rowKey={({ id }) => String(id)} />}
      {query.hasNextPage && (
        <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
    </div>
  )
}

const withAction = (filters: AuditFilters, action: string): AuditFilters => (action === '' ? filters : { ...filters, action })

function Verified({ result: { intact, entries, firstBroken, unknown } }: { result: AuditVerification }) {
  if (intact) return <Notice>{sayCount(entries, 'Intact: there is {n} entry.', 'Intact: each of {n} entries follows from the one before.')}</Notice>
  if (firstBroken === null)
    return (
      <Notice>
        {sayCount(
          unknown,
          '{n} entry was written by a newer version, which has to verify it. The others are intact.',
          '{n} entries were written by a newer version, which has to verify them. The others are intact.',
        )}
      </Notice>
    )
  return (
    <Notice look="danger">
      {say('Broken at entry {entry}: it does not follow from the one before. Somebody changed the trail in the database.', {
        entry: String(firstBroken),
      })}
    </Notice>
  )
}

const columns = (): Column<AuditEntry>[] => [
  { name: say('Entry'), cell: ({ id }) => <span className="tabular-nums">{id}</span> },
  { name: say('When'), cell: ({ at }) => <span className="whitespace-nowrap">{formatMoment(at)}</span> },
  { name: say('Action'), cell: ({ action }) => <code className="font-mono text-[0.8125rem]">{action}</code> },
  { name: say('By'), cell: ({ actorId }) => (actorId ? <PersonName id={actorId} /> : 'Jarvis') },
  { name: say('Details'), cell: (entry) => <Details entry={entry} /> },
]

function Details({ entry: { target, address, details } }: { entry: AuditEntry }) {
  const facts = Object.entries({ ...(target && { target }), ...details, ...(address && { from: address }) })
  return (
    <span className="flex flex-wrap gap-x-3 text-sm text-muted @max-2xl:flex-col">
      {facts.map(([name, value]) => (
        <span key={name} className="text-start [overflow-wrap:anywhere]">
          {`${name}: ${value}`}
        </span>
      ))}
    </span>
  )
}
