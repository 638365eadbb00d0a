import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatUtcDate } from '#lib/format.ts'
import { usageQuery } from '#lib/usage.ts'
import { cx } from '#ui/cx.ts'

const [early, late] = [0.8, 0.95]

/** Says in time that the month's tokens or money come to their end, and what can be done about it. */
export function BudgetNote() {
  const { data } = useQuery({ ...usageQuery(), staleTime: 60_000 })
  if (!data) return null
  const { tokensUsed, tokensReserved, tokensMax, costMicroUsd, reservedMicroUsd, ceilingMicroUsd, endsAt } = data.cycle
  const shares = [
    { of: 'tokens', share: tokensMax > 0 ? (tokensUsed + tokensReserved) / tokensMax : 0 },
    { of: 'spend ceiling', share: ceilingMicroUsd ? (costMicroUsd + reservedMicroUsd) / ceilingMicroUsd : 0 },
  ]
  const { of, share } = shares[0]!.share >= shares[1]!.share ? shares[0]! : shares[1]!
  if (share < early) return null
  const left = share >= 1 ? `This month’s ${of} are used up.` : `${Math.floor(share * 100)} % of this month’s ${of} are used.`
  return (
    <p role="status" className={cx('px-4 pb-2 text-sm', share >= late ? 'text-warn' : 'text-muted')}>
      {of === 'tokens' ? left : left.replace(' are used', ' is used')} It starts again on {formatUtcDate(endsAt)}.{' '}
      <Link to="/plan" className="font-medium text-accent underline decoration-accent-line underline-offset-4">
        See plans
      </Link>
    </p>
  )
}
