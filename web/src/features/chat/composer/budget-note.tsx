import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatUtcDate } from '#lib/format.ts'
import { usageQuery } from '#lib/usage.ts'
import { cx } from '#ui/cx.ts'
import { say } from '#words/say.ts'

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
  const tokens = of === 'tokens'
  const percent = String(Math.floor(share * 100))
  const left =
    share >= 1
      ? tokens
        ? say('This month’s tokens are used up.')
        : say('This month’s spend ceiling is used up.')
      : tokens
        ? say('{percent} % of this month’s tokens are used.', { percent })
        : say('{percent} % of this month’s spend ceiling is used.', { percent })
  return (
    <p role="status" className={cx('px-4 pb-2 text-sm', share >= late ? 'text-warn' : 'text-muted')}>
      {left} {say('It starts again on {date}.', { date: formatUtcDate(endsAt) })}{' '}
      <Link to="/plan" className="font-medium text-accent underline decoration-accent-line underline-offset-4">
        {say('See plans')}
      </Link>
    </p>
  )
}
