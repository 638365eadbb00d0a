import { useQuery } from '@tanstack/react-query'
import { formatUtcDate, formatShort } from '#lib/format.ts'
import { usageQuery } from '#lib/usage.ts'
import { Meter } from '#ui/meter.tsx'
import { Skeleton } from '#ui/skeleton.tsx'

export function UsageMeter() {
  const { data, isError } = useQuery(usageQuery())
  if (isError) return null
  if (!data) return <Skeleton className="mt-3 w-4/5" />
  const { tokensUsed, tokensMax, endsAt } = data.cycle
  return (
    <div className="mt-2 flex flex-col gap-1.5 text-[0.8125rem] text-muted">
      <p>
        <span className="text-ink">{formatShort(tokensUsed)}</span> of {formatShort(tokensMax)} tokens used
      </p>
      <Meter label="Tokens used" value={tokensUsed} max={tokensMax} />
      <p>Starts again on {formatUtcDate(endsAt)}</p>
    </div>
  )
}
