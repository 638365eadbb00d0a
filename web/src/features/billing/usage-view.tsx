import type { UsageReport } from '@jarvis/contracts/usage.ts'
import { useMemo, type ReactNode } from 'react'
import { formatCount, formatShort, formatTick, plural } from '#lib/format.ts'
import { formatUsd, formatUsdFine, formatUsdTick } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Facts } from '#ui/facts.tsx'
import { LazyDayChart } from '#ui/lazy-day-chart.tsx'
import { Period } from '#ui/period.tsx'
import { Segments } from '#ui/segments.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { fillDays } from './fill-days.ts'

type Report = Pick<UsageReport, 'items' | 'totals'>
type Item = Report['items'][number]
type Span = { from: string; to: string }

type UsageViewProps<Group extends string> = {
  period: Span
  group: Group
  groups: readonly { value: Group; name: string }[]
  onChoose: (choice: Span & { group: Group }) => void
  /** What a row is called, where its key alone would not tell. */
  nameOf: (key: string) => ReactNode
  report: { data: Report | undefined; error: Error | null; refetch: () => unknown }
}

const tokensOf = ({ inputTokens, outputTokens }: Omit<Item, 'key'>) => inputTokens + outputTokens

/** Tokens and cost of a period, by something: figures, a chart of the days, and all of it as a table. */
export function UsageView<Group extends string>({ period, group, groups, onChoose, nameOf, report }: UsageViewProps<Group>) {
  const { data, error, refetch } = report
  return (
    <div className="flex flex-col gap-8">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-4">
        <div className="flex flex-wrap gap-3">
          <Period {...period} onChange={(next) => onChoose({ ...next, group })} />
        </div>
        <Segments label="By" value={group} options={groups} onChange={(next) => onChoose({ ...period, group: next })} />
      </div>
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label="Loading usage" rows={6} />}
      {data && (
        <>
          <Totals totals={data.totals} />
          {group === 'day' && data.items.length > 0 && <Days items={data.items} period={period} />}
          {data.items.length === 0 ? (
            <p className="text-muted">Nothing was used in this period.</p>
          ) : (
            <Rows report={data} name={groups.find(({ value }) => value === group)!.name} nameOf={nameOf} />
          )}
        </>
      )}
    </div>
  )
}

function Totals({ totals }: Pick<Report, 'totals'>) {
  return (
    <Facts
      items={[
        { name: 'Cost', value: formatUsd(totals.costMicroUsd) },
        {
          name: 'Tokens',
          value: formatShort(tokensOf(totals)),
          note: `${formatCount(totals.inputTokens)} read, ${formatCount(totals.outputTokens)} written`,
        },
        {
          name: 'Model calls',
          value: formatCount(totals.calls),
          ...(totals.estimatedCalls > 0 && { note: `${formatCount(totals.estimatedCalls)} estimated` }),
        },
      ]}
    />
  )
}

function Days({ items, period: { from, to } }: Pick<Report, 'items'> & { period: Span }) {
  const free = items.every(({ costMicroUsd }) => costMicroUsd === 0)
  const days = useMemo(() => fillDays(items, (item) => (free ? tokensOf(item) : item.costMicroUsd), from, to), [items, free, from, to])
  return (
    <figure>
      <figcaption className="mb-2 text-sm text-muted">
        {free ? 'Tokens' : 'Cost'} by day, {plural(days.length, 'day')} in UTC. The table has the same figures.
      </figcaption>
      <LazyDayChart days={days} format={free ? formatTick : formatUsdTick} />
    </figure>
  )
}

function Rows({ report: { items, totals }, name, nameOf }: { report: Report; name: string; nameOf: UsageViewProps<string>['nameOf'] }) {
  const columns: Column<Item>[] = [
    { name, cell: ({ key }) => nameOf(key), foot: 'Together' },
    { name: 'Calls', numeric: true, cell: ({ calls }) => formatCount(calls), foot: formatCount(totals.calls) },
    { name: 'Tokens read', numeric: true, cell: ({ inputTokens }) => formatCount(inputTokens), foot: formatCount(totals.inputTokens) },
    { name: 'Tokens written', numeric: true, cell: ({ outputTokens }) => formatCount(outputTokens), foot: formatCount(totals.outputTokens) },
    { name: 'Cost', numeric: true, cell: ({ costMicroUsd }) => formatUsdFine(costMicroUsd), foot: formatUsdFine(totals.costMicroUsd) },
  ]
  return <Table label={`Usage by ${name.toLowerCase()}`} columns={columns} rows={items} rowKey={({ key }) => key} />
}
