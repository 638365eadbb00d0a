import type { UsageReport } from '@jarvis/contracts/usage.ts'
import { formatCount, formatUtcDate } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { Meter } from '#ui/meter.tsx'

/** What is left of this billing cycle, and when it starts anew. What running answers hold counts as used. */
export function Left({ cycle }: { cycle: UsageReport['cycle'] }) {
  const { tokensUsed, tokensReserved, tokensMax, costMicroUsd, reservedMicroUsd, ceilingMicroUsd, endsAt } = cycle
  const tokens = tokensUsed + tokensReserved
  const spent = costMicroUsd + reservedMicroUsd
  return (
    <div className="flex max-w-xl flex-col gap-5 tabular-nums">
      <div className="flex flex-col gap-2">
        <p>
          <strong className="font-semibold">{formatCount(Math.max(0, tokensMax - tokens))}</strong> of {formatCount(tokensMax)} tokens left
        </p>
        <Meter label="Tokens used" value={tokens} max={tokensMax} />
      </div>
      {ceilingMicroUsd !== null && (
        <div className="flex flex-col gap-2">
          <p>
            <strong className="font-semibold">{formatUsd(Math.max(0, ceilingMicroUsd - spent))}</strong> of {formatUsd(ceilingMicroUsd)} left to spend
            this month
          </p>
          <Meter label="Spent of the month’s ceiling" value={spent} max={ceilingMicroUsd} />
        </div>
      )}
      <p className="text-sm text-muted">
        Starts again on {formatUtcDate(endsAt)} (UTC)
        {ceilingMicroUsd === null && ` · models have cost ${formatUsd(costMicroUsd)} so far`}
        {tokensReserved > 0 && ` · ${formatCount(tokensReserved)} tokens are held by answers that run`}
      </p>
    </div>
  )
}
