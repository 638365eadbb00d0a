import type { AdminHealth as Health } from '@jarvis/contracts/admin-health.ts'
import { useQuery } from '@tanstack/react-query'
import { formatBytes, formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Facts } from '#ui/facts.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { healthQuery } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

type Engine = Health['engines'][number]
const columns = (): Column<Engine>[] => [
  { name: say('Engine'), cell: ({ name }) => name },
  { name: say('State'), cell: ({ up }) => <Badge look={up ? 'accent' : 'danger'}>{up ? say('answers') : say('does not answer')}</Badge> },
  { name: say('Without it'), cell: ({ needed }) => (needed ? say('nothing works') : say('a part is missing')) },
]

/** How the installation is: what is wrong first, then everything that was looked at. */
export function AdminHealth() {
  const { data, error, refetch } = useQuery(healthQuery)
  if (!data && error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading')} rows={6} />
  const faults = faultsOf(data)
  const { backup, versions, runsWaiting, jobsWaiting } = data
  const jobs = jobsWaiting?.reduce((sum, { count }) => sum + count, 0)
  return (
    <div className="flex flex-col gap-8">
      <div role="status" className="flex flex-col gap-2">
        {error && <Notice look="warn">{messageOf(error)}</Notice>}
        {faults.map(({ text, look }) => (
          <Notice key={text} look={look}>
            {text}
          </Notice>
        ))}
        {faults.length === 0 && <Notice>{say('All is well.')}</Notice>}
        <p className="text-sm text-muted">{say('Looked at {moment}; again every ten seconds.', { moment: formatMoment(data.checkedAt) })}</p>
      </div>
      <Facts
        items={[
          { name: say('Answers in line'), value: runsWaiting ?? '—' },
          { name: say('Jobs in line'), value: jobs ?? '—' },
          {
            name: say('Newest backup'),
            value: backup?.lastAt ? formatMoment(backup.lastAt) : '—',
            note: backup?.lastBytes ? formatBytes(backup.lastBytes) : undefined,
          },
          {
            name: say('Version'),
            value: versions.jarvis,
            note: say('Node {node} · PostgreSQL {postgres}', { node: versions.node, postgres: versions.postgres ?? '—' }),
          },
        ]}
      />
      <Table label={say('Engines')} columns={columns()} rows={data.engines} rowKey={({ name }) => name} />
    </div>
  )
}

function faultsOf({ engines, modelsLeftAlone, failedSweeps, backup }: Health): { text: string; look: 'warn' | 'danger' }[] {
  const down = engines
    .filter(({ up }) => !up)
    .map(({ name, needed }) => ({
      text: say('{engine} does not answer.', { engine: name }),
      look: needed ? ('danger' as const) : ('warn' as const),
    }))
  const warn = (text: string) => ({ text, look: 'warn' as const })
  return [
    ...down,
    ...modelsLeftAlone.map((model) => warn(say('{model} fails again and again, and is left alone for some seconds.', { model }))),
    ...(failedSweeps ?? []).map(({ what }) => warn(say('The upkeep of {what} failed the last time.', { what }))),
    ...(backup && backup.failures > 0
      ? [
          warn(
            sayCount(
              backup.failures,
              'The newest backup failed: {failure} It is tried again each quarter of an hour.',
              'The last {n} backups failed: {failure} It is tried again each quarter of an hour.',
              { failure: backup.failure ?? '' },
            ),
          ),
        ]
      : []),
  ]
}
