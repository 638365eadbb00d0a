import type { Member, Organisation } from '@jarvis/contracts/organisations.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatDate, formatShort } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SearchInput } from '#ui/search-input.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { MemberDialog } from './member-dialog.tsx'
import { membersQuery } from './queries.ts'
import { roleWord } from './role-words.ts'
import { say } from '#words/say.ts'

export function Members({ organisation }: { organisation: Organisation }) {
  const [search, setSearch] = useState('')
  const [edited, setEdited] = useState<Member | null>(null)
  const query = useInfiniteQuery(membersQuery(organisation.id, useDebounced(search.trim(), 250)))
  const members = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <div className="flex flex-col gap-5">
      <div className="relative max-w-md">
        <SearchInput label={say('Search members')} placeholder={say('Name or email')} value={search} onChange={setSearch} />
      </div>
      {query.isPending && <SkeletonList label={say('Loading')} rows={4} />}
      {query.isError && <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && members.length === 0 && <p className="text-muted">{say('Nobody fits this search.')}</p>}
      {members.length > 0 && (
        <Table label={say('Members')} columns={columnsOf(organisation, setEdited)} rows={members} rowKey={({ userId }) => userId} />
      )}
      {query.hasNextPage && (
        <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
      {edited && <MemberDialog organisation={organisation} member={edited} onClose={() => setEdited(null)} />}
    </div>
  )
}

/** Figures of others are an owner's to see; what an admin may change is members alone. */
function columnsOf({ role: own }: Organisation, edit: (member: Member) => void): Column<Member>[] {
  const figures: Column<Member>[] = [
    { name: say('Tokens'), numeric: true, cell: ({ use }) => (use ? formatShort(use.tokensUsed) : '—') },
    { name: say('Cost'), numeric: true, cell: ({ use }) => (use ? formatUsd(use.costMicroUsd) : '—') },
    { name: say('Share'), numeric: true, cell: ({ share }) => shareText(share) },
  ]
  return [
    { name: say('Person'), cell: (member) => <Person member={member} /> },
    { name: say('Role'), cell: ({ role }) => roleWord(role) },
    { name: say('Seat'), cell: ({ seat }) => seatWord(seat) },
    ...(own === 'owner' ? figures : []),
    { name: say('Joined'), cell: ({ joinedAt }) => formatDate(joinedAt) },
    ...(own === 'member'
      ? []
      : [
          {
            name: say('Change'),
            act: true,
            cell: (member: Member) =>
              own === 'owner' || member.role === 'member' ? (
                <Button
                  className="min-h-9 px-3 text-sm"
                  aria-label={say('Change {name}', { name: member.name || member.email })}
                  onClick={() => edit(member)}
                >
                  {say('Change')}
                </Button>
              ) : null,
          },
        ]),
  ]
}

const seatWord = (seat: Member['seat']) => (seat === 'held' ? say('Has one') : seat === 'waiting' ? say('Waits for one') : say('None'))

function shareText(share: Member['share']): string {
  if (!share) return '—'
  const limits = [
    ...(share.ceilingMicroUsd === null ? [] : [formatUsd(share.ceilingMicroUsd)]),
    ...(share.tokensPerCycle === null ? [] : [say('{tokens} tokens', { tokens: formatShort(share.tokensPerCycle) })]),
  ]
  return limits.join(' · ') || say('No limit')
}

function Person({ member: { name, email, disabled } }: { member: Member }) {
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex flex-wrap items-center gap-2 font-medium">
        <bdi>{name}</bdi>
        {disabled && <Badge look="danger">{say('Disabled')}</Badge>}
      </span>
      <span className="text-sm text-muted [overflow-wrap:anywhere]">{email}</span>
    </span>
  )
}
