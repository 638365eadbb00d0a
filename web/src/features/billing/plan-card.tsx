import type { Interval } from '@jarvis/contracts/billing.ts'
import { type Plan, planLimits } from '@jarvis/contracts/plans.ts'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatShort } from '#lib/format.ts'
import { formatAmount, shareOf } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { Badge } from '#ui/badge.tsx'
import { cx } from '#ui/cx.ts'
import { toolGroups } from './tool-groups.ts'
import { say, sayCount } from '#words/say.ts'

/** Each plan has all that a cheaper one has. */
const modelsOf = (tiers: readonly string[]) => {
  if (tiers.includes('frontier')) return say('Economy, premium and frontier models')
  return tiers.includes('premium') ? say('Economy and premium models') : say('Economy models')
}

type PlanCardProps = { plan: Plan; interval: Interval; trialDays: number; action: ReactNode }

export function PlanCard({ plan, interval, trialDays, action }: PlanCardProps) {
  const { id, requestsPerMinute, tokensPerCycle, tools, current } = plan
  const features = [
    say('{count} tokens a month', { count: formatShort(tokensPerCycle) }),
    say('{n} requests a minute', { n: requestsPerMinute }),
    modelsOf(planLimits[id].tiers),
    ...toolGroups(tools),
  ]
  return (
    <li
      className={cx('flex flex-col gap-4 rounded-2xl border p-5', current ? 'border-accent bg-accent-soft' : 'border-line bg-raised')}
      aria-current={current ? 'true' : undefined}
    >
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-lg font-semibold">{planNames[id]}</h3>
        {current && <Badge look="accent">{say('Your plan')}</Badge>}
      </div>
      <Price plan={plan} interval={interval} />
      <ul className="flex grow flex-col gap-2 text-[0.9375rem]">
        {features.map((feature) => (
          <li key={feature} className="flex items-start gap-2">
            <Check aria-hidden className="mt-1 size-4 shrink-0 text-accent" />
            {feature}
          </li>
        ))}
      </ul>
      {action}
      {trialDays > 0 && (
        <p className="-mt-1 text-center text-sm text-muted">
          {sayCount(trialDays, '{n} day for free, then the price above', '{n} days for free, then the price above')}
        </p>
      )}
    </li>
  )
}

/** Where prices are yearly every card has a line for what that is a month, so that what follows stands level. */
function Price({ plan: { id, prices }, interval }: Pick<PlanCardProps, 'plan' | 'interval'>) {
  if (id !== 'free' && !prices) return <p className="text-muted">{say('Given by an administrator')}</p>
  const own = prices?.amounts[interval] ?? null
  const per = own === null ? 'month' : interval
  const price = id === 'free' ? { currency: 'USD', value: '0' } : (own ?? prices?.amounts.month ?? null)
  if (price === null) return <p className="text-muted">{interval === 'year' ? say('Not sold by the year') : say('Not sold by the month')}</p>
  return (
    <div>
      <p>
        <span className="text-2xl font-[620] tracking-[-0.02em] tabular-nums">{formatAmount(price, { whole: true })}</span>
        {id !== 'free' && <span className="text-muted"> {per === 'year' ? say('a year') : say('a month')}</span>}
      </p>
      {interval === 'year' && (
        <p className="min-h-5 text-sm text-muted">
          {id !== 'free' && per === 'year' && say('{price} a month', { price: formatAmount(shareOf(price, 12), { whole: true }) })}
        </p>
      )}
    </div>
  )
}
