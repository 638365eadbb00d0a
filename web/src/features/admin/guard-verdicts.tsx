import type { CaughtVerdict } from '@jarvis/contracts/guard.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { formatCount, formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { channelNames, familyNames } from './guard-names.ts'
import { PersonName } from './person-name.tsx'
import { verdictsQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** What was caught, one by one: when, of whom and how sure, and none of their words. */
export function GuardVerdicts() {
  const query = useInfiniteQuery(verdictsQuery)
  const verdicts = query.data?.pages.flatMap(({ items }) => items) ?? []
  if (query.isError) return <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />
  if (query.isPending) return <SkeletonList label={say('Loading figures')} rows={4} />
  if (verdicts.length === 0) return null
  return (
    <>
      <Table label={say('Caught one by one')} columns={columns()} rows={verdicts} rowKey={({ id }) => id} />
      {query.hasNextPage && (
        <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
    </>
  )
}

const columns = (): Column<CaughtVerdict>[] => [
  { name: say('When'), cell: ({ at }) => formatMoment(at) },
  { name: say('Person'), cell: ({ userId }) => <PersonName id={userId} /> },
  { name: say('Text'), cell: (verdict) => <What verdict={verdict} /> },
  {
    name: say('What the guard did'),
    cell: ({ channel, action }) => (
      <Badge look={action === 'block' ? 'danger' : 'warn'}>
        {channel === 'user' ? say('Blocked') : action === 'block' ? say('Withheld') : say('Cleaned')}
      </Badge>
    ),
  },
  { name: say('Score of 100'), numeric: true, cell: ({ score }) => (score === null ? '–' : formatCount(Math.round(score * 100))) },
]

function What({ verdict: { channel, tool, family } }: { verdict: CaughtVerdict }) {
  if (channel === 'user')
    return (
      <span className="flex flex-col">
        {say(channelNames.user)}
        <span className="text-sm text-muted">{say(familyNames[family ?? 'override'])}</span>
      </span>
    )
  return (
    <span className="flex flex-col">
      {say(channelNames.tool_output)}
      <code dir="ltr" className="font-mono text-[0.8125rem] text-muted [overflow-wrap:anywhere]">
        {tool}
      </code>
    </span>
  )
}
