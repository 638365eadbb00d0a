import { useQuery } from '@tanstack/react-query'
import { formatUtcDate, formatShort } from '#lib/format.ts'
import { usageQuery } from '#lib/usage.ts'
import { Meter } from '#ui/meter.tsx'
import { Skeleton } from '#ui/skeleton.tsx'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

export function UsageMeter() {
  const { data, isError } = useQuery(usageQuery())
  if (isError) return null
  if (!data) return <Skeleton className="mt-3 w-4/5" />
  const { tokensUsed, tokensMax, endsAt } = data.cycle
  return (
    <div className="mt-2 flex flex-col gap-1.5 text-[0.8125rem] text-muted">
      <p>
        {sayWith('{used} of {max} tokens used', {
          used: <span className="text-ink">{formatShort(tokensUsed)}</span>,
          max: formatShort(tokensMax),
        })}
      </p>
      <Meter label={say('Tokens used')} value={tokensUsed} max={tokensMax} />
      <p>{say('Starts again on {date}', { date: formatUtcDate(endsAt) })}</p>
    </div>
  )
}
