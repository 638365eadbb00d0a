import type { UsageReport } from '@jarvis/contracts/usage.ts'
import { formatCount, formatUtcDate } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { Meter } from '#ui/meter.tsx'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

/** What is left of this billing cycle, and when it starts anew. What running answers hold counts as used. */
export function Left({ cycle }: { cycle: UsageReport['cycle'] }) {
  const { tokensUsed, tokensReserved, tokensMax, costMicroUsd, reservedMicroUsd, ceilingMicroUsd, endsAt } = cycle
  const tokens = tokensUsed + tokensReserved
  const spent = costMicroUsd + reservedMicroUsd
  return (
    <div className="flex max-w-xl flex-col gap-5 tabular-nums">
      <div className="flex flex-col gap-2">
        <p>
          {sayWith('{left} of {max} tokens left', {
            left: <strong className="font-semibold">{formatCount(Math.max(0, tokensMax - tokens))}</strong>,
            max: formatCount(tokensMax),
          })}
        </p>
        <Meter label={say('Tokens used')} value={tokens} max={tokensMax} />
      </div>
      {ceilingMicroUsd !== null && (
        <div className="flex flex-col gap-2">
          <p>
            {sayWith('{left} of {max} left to spend this month', {
              left: <strong className="font-semibold">{formatUsd(Math.max(0, ceilingMicroUsd - spent))}</strong>,
              max: formatUsd(ceilingMicroUsd),
            })}
          </p>
          <Meter label={say('Spent of the month’s ceiling')} value={spent} max={ceilingMicroUsd} />
        </div>
      )}
      <p className="text-sm text-muted">
        {say('Starts again on {date} (UTC)', { date: formatUtcDate(endsAt) })}
        {ceilingMicroUsd === null && ` · ${say('models have cost {cost} so far', { cost: formatUsd(costMicroUsd) })}`}
        {tokensReserved > 0 && ` · ${say('{n} tokens are held by answers that run', { n: tokensReserved })}`}
      </p>
    </div>
  )
}
