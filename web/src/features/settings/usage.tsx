import { useQuery } from '@tanstack/react-query'
import { formatCost, formatCount, formatDay } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { usageQuery } from '#lib/usage.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Meter } from '#ui/meter.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'

export function Usage() {
  const { data, error, refetch } = useQuery(usageQuery)
  const plan = useUser()?.plan
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label="Loading usage" rows={2} />
  const { cycle, totals } = data
  return (
    <div className="flex max-w-md flex-col gap-2 tabular-nums">
      <p>
        {formatCount(cycle.tokensUsed)} of {formatCount(cycle.tokensMax)} tokens on the {plan} plan
      </p>
      <Meter label="Tokens used" value={cycle.tokensUsed} max={cycle.tokensMax} />
      <p className="text-sm text-muted">
        Starts again on {formatDay(cycle.endsAt)}
        {totals.costMicroUsd > 0 && ` · ${formatCost(totals.costMicroUsd)} so far`}
      </p>
    </div>
  )
}
