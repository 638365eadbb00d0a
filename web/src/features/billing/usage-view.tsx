import type { UsageReport } from '@jarvis/contracts/usage.ts'
import { useMemo, type ReactNode } from 'react'
import { formatCount, formatShort, formatTick } from '#lib/format.ts'
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
import { say, sayCount } from '#words/say.ts'
import type { English } from '#words/language.ts'

type Report = Pick<UsageReport, 'items' | 'totals'>
type Item = Report['items'][number]
type Span = { from: string; to: string }

type UsageViewProps<Group extends string> = {
  period: Span
  group: Group
  groups: readonly { value: Group; name: English; label: English }[]
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
        <div className="flex flex-wrap gap-3 max-sm:w-full">
          <Period {...period} onChange={(next) => onChoose({ ...next, group })} />
        </div>
        <Segments
          label={say('By')}
          value={group}
          options={groups.map(({ value, name }) => ({ value, name: say(name) }))}
          onChange={(next) => onChoose({ ...period, group: next })}
        />
      </div>
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label={say('Loading usage')} rows={6} />}
      {data && (
        <>
          <Totals totals={data.totals} />
          {group === 'day' && data.items.length > 0 && <Days items={data.items} period={period} />}
          {data.items.length === 0 ? (
            <p className="text-muted">{say('Nothing was used in this period.')}</p>
          ) : (
            <Rows report={data} of={groups.find(({ value }) => value === group)!} nameOf={nameOf} />
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
        { name: say('Cost'), value: formatUsd(totals.costMicroUsd) },
        {
          name: say('Tokens'),
          value: formatShort(tokensOf(totals)),
          note: say('{read} read, {written} written', { read: totals.inputTokens, written: totals.outputTokens }),
        },
        {
          name: say('Model calls'),
          value: formatCount(totals.calls),
          ...(totals.estimatedCalls > 0 && { note: say('{n} estimated', { n: totals.estimatedCalls }) }),
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
        {free
          ? sayCount(
              days.length,
              'Tokens by day, {n} day in UTC. The table has the same figures.',
              'Tokens by day, {n} days in UTC. The table has the same figures.',
            )
          : sayCount(
              days.length,
              'Cost by day, {n} day in UTC. The table has the same figures.',
              'Cost by day, {n} days in UTC. The table has the same figures.',
            )}
      </figcaption>
      <LazyDayChart days={days} format={free ? formatTick : formatUsdTick} />
    </figure>
  )
}

function Rows({
  report: { items, totals },
  of,
  nameOf,
}: {
  report: Report
  of: { name: English; label: English }
  nameOf: UsageViewProps<string>['nameOf']
}) {
  const columns: Column<Item>[] = [
    { name: say(of.name), cell: ({ key }) => nameOf(key), foot: say('Together') },
    { name: say('Calls'), numeric: true, cell: ({ calls }) => formatCount(calls), foot: formatCount(totals.calls) },
    { name: say('Tokens read'), numeric: true, cell: ({ inputTokens }) => formatCount(inputTokens), foot: formatCount(totals.inputTokens) },
    { name: say('Tokens written'), numeric: true, cell: ({ outputTokens }) => formatCount(outputTokens), foot: formatCount(totals.outputTokens) },
    { name: say('Cost'), numeric: true, cell: ({ costMicroUsd }) => formatUsdFine(costMicroUsd), foot: formatUsdFine(totals.costMicroUsd) },
  ]
  return <Table label={say(of.label)} columns={columns} rows={items} rowKey={({ key }) => key} />
}
