import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { PersonName } from '#features/admin/person-name.tsx'
import { UsageView } from '#features/billing/usage-view.tsx'
import { call } from '#lib/call.ts'
import { nextDay, today } from '#lib/days.ts'
import { formatUtcDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { Button } from '#ui/button.tsx'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

const groups = [
  { value: 'day', name: 'Day', label: 'Usage by day' },
  { value: 'user', name: 'Person', label: 'Usage by person' },
  { value: 'model', name: 'Model', label: 'Usage by model' },
  { value: 'plan', name: 'Plan', label: 'Usage by plan' },
] as const

type Group = (typeof groups)[number]['value']
export type InstallationUsageSearch = { from?: string | undefined; to?: string | undefined; group?: Group | undefined; userId?: string | undefined }

const names: Record<Group, (key: string) => ReactNode> = {
  day: (key) => formatUtcDate(key),
  user: (key) => <PersonName id={key} />,
  model: (key) => key,
  plan: (key) => planNames[key as keyof typeof planNames] ?? say('Erased accounts'),
}

/** The usage of all people, or of one: the person's own page, asked of the administration. */
export function InstallationUsage() {
  const search: InstallationUsageSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { userId, group = 'day', to = today(), from = today().replace(/\d\d$/, '01') } = search
  const query = { from: `${from}T00:00:00Z`, to: `${nextDay(to)}T00:00:00Z`, group, userId }
  const report = useQuery({
    queryKey: ['admin', 'usage', query],
    queryFn: ({ signal }) => call(endpoints.adminUsage, { query }, signal),
    placeholderData: (before) => before,
  })
  const choose = (next: InstallationUsageSearch) => void navigate({ to: '/admin/usage', search: next, replace: true })
  return (
    <div className="flex flex-col gap-6">
      {userId && (
        <p className="flex flex-wrap items-center gap-3">
          <span>{sayWith('Only {person}', { person: <PersonName id={userId} /> })}</span>
          <Button className="min-h-9 px-3 text-sm" onClick={() => choose({ ...search, userId: undefined })}>
            {say('Everyone')}
          </Button>
        </p>
      )}
      <UsageView
        period={{ from, to }}
        group={group}
        groups={groups}
        onChoose={(choice) => choose({ ...choice, userId })}
        nameOf={names[group]}
        report={report}
      />
    </div>
  )
}
