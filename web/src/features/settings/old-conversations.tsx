import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { KeepDays } from '#ui/keep-days.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say, sayCount } from '#words/say.ts'
import { retentionQuery } from './queries.ts'

/** After how long without use one's conversations are deleted. */
export function OldConversations() {
  const { data, error, refetch } = useQuery(retentionQuery)
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading settings')} rows={1} />
  const { conversationDays, installationDays } = data
  return (
    <div className="flex flex-col gap-2">
      <KeepDays
        key={conversationDays}
        label={say('My conversations are deleted')}
        days={conversationDays}
        messageOf={messageOf}
        count={async (days, signal) => (await call(endpoints.retention, { query: { conversationDays: days } }, signal)).due ?? 0}
        save={async (days) => {
          queryClient.setQueryData(retentionQuery.queryKey, await call(endpoints.updateRetention, { body: { conversationDays: days } }))
        }}
      />
      {installationDays !== null && (
        <p className="text-sm text-muted">
          {sayCount(
            installationDays,
            'Here they are deleted after {n} day without use in any case.',
            'Here they are deleted after {n} days without use in any case.',
          )}
        </p>
      )}
    </div>
  )
}
