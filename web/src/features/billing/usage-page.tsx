import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { dayOf, nextDay, today } from '#lib/days.ts'
import { formatUtcDate } from '#lib/format.ts'
import { usageQuery } from '#lib/usage.ts'
import { Page, Section } from '#ui/page.tsx'
import { ConversationTitle } from './conversation-title.tsx'
import { KeyName } from './key-name.tsx'
import { Left } from './left.tsx'
import { Storage } from './storage.tsx'
import { UsageView } from './usage-view.tsx'
import { say } from '#words/say.ts'

export type UsageGroup = 'day' | 'model' | 'conversation' | 'key'
export type UsageSearch = { from?: string | undefined; to?: string | undefined; group?: UsageGroup | undefined }

const groups = [
  { value: 'day', name: 'Day', label: 'Usage by day' },
  { value: 'model', name: 'Model', label: 'Usage by model' },
  { value: 'conversation', name: 'Conversation', label: 'Usage by conversation' },
  { value: 'key', name: 'API key', label: 'Usage by API key' },
] as const

const names: Record<UsageGroup, (key: string) => ReactNode> = {
  day: (key) => formatUtcDate(key),
  model: (key) => key,
  conversation: (key) => <ConversationTitle id={key} />,
  key: (key) => <KeyName id={key} />,
}

export function UsagePage() {
  const search: UsageSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const cycle = useQuery(usageQuery()).data?.cycle
  const group = search.group ?? 'day'
  // Without a choice it is the billing cycle so far.
  const from = search.from ?? (cycle ? dayOf(new Date(cycle.startsAt)) : today().replace(/\d\d$/, '01'))
  const to = search.to ?? today()
  const report = useQuery({
    ...usageQuery({ from: `${from}T00:00:00Z`, to: `${nextDay(to)}T00:00:00Z`, group }),
    placeholderData: (before) => before,
  })
  return (
    <Page title={say('Usage')} lead={say('What you have used and what it cost: every call of a model on your behalf, to the micro-dollar.')} wide>
      {cycle && <Left cycle={cycle} />}
      <Storage />
      <Section title={say('In detail')}>
        <UsageView
          period={{ from, to }}
          group={group}
          groups={groups}
          onChoose={(choice) => void navigate({ to: '/usage', search: choice, replace: true })}
          nameOf={names[group]}
          report={report}
        />
      </Section>
    </Page>
  )
}
