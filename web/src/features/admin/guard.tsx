import type { GuardReport } from '@jarvis/contracts/guard.ts'
import { useQuery } from '@tanstack/react-query'
import { formatCount, formatUtcDate } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Facts } from '#ui/facts.tsx'
import { LazyDayChart } from '#ui/lazy-day-chart.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { familyNames } from './guard-names.ts'
import { GuardStrictness } from './guard-strictness.tsx'
import { GuardVerdicts } from './guard-verdicts.tsx'
import { guardQuery } from './queries.ts'
import { TryGuard } from './try-guard.tsx'
import { say } from '#words/say.ts'

type Day = GuardReport['days'][number]
type Kind = GuardReport['families'][number]

/** What the guard caught lately, in numbers and one by one, how strict it is, and a text tried on it. */
export function AdminGuard() {
  const { data, error, refetch } = useQuery(guardQuery)
  return (
    <div className="flex flex-col gap-10">
      <section aria-labelledby="guard-caught" className="flex flex-col gap-5">
        <h2 id="guard-caught" className="text-base font-semibold">
          {say('Caught in 30 days')}
        </h2>
        {error && !data && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonList label={say('Loading figures')} rows={4} />}
        {data && <Caught report={data} />}
      </section>
      {data && <GuardStrictness key={JSON.stringify([data.messages, data.blockScore, data.cleanScore])} settings={data} />}
      <TryGuard />
    </div>
  )
}

function Caught({ report: { days, families } }: { report: GuardReport }) {
  const sum = (name: Exclude<keyof Day, 'day'>) => days.reduce((total, day) => total + day[name], 0)
  return (
    <>
      <Facts
        items={[
          { name: say('Messages blocked'), value: formatCount(sum('messagesBlocked')) },
          { name: say('Results of tools cleaned'), value: formatCount(sum('resultsCleaned')) },
          { name: say('Results of tools withheld'), value: formatCount(sum('resultsWithheld')) },
        ]}
      />
      <p className="max-w-2xl text-sm text-muted">
        {say('No words of anybody are shown here. What was only marked in a message counts in the metrics.')}
      </p>
      {days.length === 0 && <p className="text-muted">{say('Nothing was caught.')}</p>}
      {days.length > 0 && (
        <>
          <LazyDayChart days={chartOf(days)} format={formatCount} />
          <Table label={say('Caught by day')} columns={dayColumns()} rows={days} rowKey={({ day }) => day} />
        </>
      )}
      {families.length > 0 && (
        <Table label={say('What blocked messages looked like')} columns={kindColumns()} rows={families} rowKey={({ family }) => family ?? ''} />
      )}
      {days.length > 0 && <GuardVerdicts />}
    </>
  )
}

const dayColumns = (): Column<Day>[] => [
  { name: say('Day'), cell: ({ day }) => formatUtcDate(day) },
  { name: say('Messages blocked'), numeric: true, cell: ({ messagesBlocked }) => formatCount(messagesBlocked) },
  { name: say('Results of tools cleaned'), numeric: true, cell: ({ resultsCleaned }) => formatCount(resultsCleaned) },
  { name: say('Results of tools withheld'), numeric: true, cell: ({ resultsWithheld }) => formatCount(resultsWithheld) },
]

const kindColumns = (): Column<Kind>[] => [
  { name: say('What blocked messages looked like'), cell: ({ family }) => say(familyNames[family ?? 'override']) },
  { name: say('Messages blocked'), numeric: true, cell: ({ count }) => formatCount(count) },
]

const daySeconds = 86_400

/** From the first day on which something was caught to the last, with those between. */
function chartOf(days: readonly Day[]): { atSeconds: number; value: number }[] {
  const secondsOf = (day: string) => Date.parse(day) / 1000
  const [last, first] = [secondsOf(days[0]!.day), secondsOf(days.at(-1)!.day)]
  const counts = new Map(days.map((day) => [secondsOf(day.day), day.messagesBlocked + day.resultsCleaned + day.resultsWithheld]))
  return Array.from({ length: (last - first) / daySeconds + 1 }, (_, at) => {
    const atSeconds = first + at * daySeconds
    return { atSeconds, value: counts.get(atSeconds) ?? 0 }
  })
}
