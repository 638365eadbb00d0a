import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCost, formatCount, formatUtcDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { usageQuery } from '#lib/usage.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Meter } from '#ui/meter.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'

const linkClass = 'inline-flex min-h-8 items-center text-accent underline decoration-accent-line underline-offset-4'

export function Usage() {
  const { data, error, refetch } = useQuery(usageQuery())
  const plan = useUser()?.plan
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label="Loading usage" rows={2} />
  const { cycle, totals } = data
  return (
    <div className="flex max-w-md flex-col gap-2 tabular-nums">
      <p>
        {formatCount(cycle.tokensUsed)} of {formatCount(cycle.tokensMax)} tokens on the {plan && planNames[plan]} plan
      </p>
      <Meter label="Tokens used" value={cycle.tokensUsed} max={cycle.tokensMax} />
      <p className="text-sm text-muted">
        Starts again on {formatUtcDate(cycle.endsAt)}
        {totals.costMicroUsd > 0 && ` · ${formatCost(totals.costMicroUsd)} so far`}
      </p>
      <p className="flex gap-5">
        <Link to="/usage" className={linkClass}>
          Usage in detail
        </Link>
        <Link to="/plan" className={linkClass}>
          Plan and billing
        </Link>
      </p>
    </div>
  )
}
