import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCost, formatUtcDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { usageQuery } from '#lib/usage.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Meter } from '#ui/meter.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say } from '#words/say.ts'

const linkClass = 'inline-flex min-h-8 items-center text-accent underline decoration-accent-line underline-offset-4'

export function Usage() {
  const { data, error, refetch } = useQuery(usageQuery())
  const plan = useUser()?.plan
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading usage')} rows={2} />
  const { cycle, totals } = data
  return (
    <div className="flex max-w-md flex-col gap-2 tabular-nums">
      <p>{say('{used} of {max} tokens on the {plan} plan', { used: cycle.tokensUsed, max: cycle.tokensMax, plan: plan ? planNames[plan] : '' })}</p>
      <Meter label={say('Tokens used')} value={cycle.tokensUsed} max={cycle.tokensMax} />
      {cycle.paidBy && <p className="text-sm">{say('Paid by {name}', { name: cycle.paidBy.name })}</p>}
      <p className="text-sm text-muted">
        {say('Starts again on {date}', { date: formatUtcDate(cycle.endsAt) })}
        {totals.costMicroUsd > 0 && ` · ${say('{cost} so far', { cost: formatCost(totals.costMicroUsd) })}`}
      </p>
      <p className="flex gap-5">
        <Link to="/usage" className={linkClass}>
          {say('Usage in detail')}
        </Link>
        <Link to="/plan" className={linkClass}>
          {say('Plan and billing')}
        </Link>
      </p>
    </div>
  )
}
