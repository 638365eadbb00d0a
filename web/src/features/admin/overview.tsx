import type { AdminStats } from '@jarvis/contracts/admin.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatAgo, formatBytes, formatCount, formatMoment, formatShort, formatUtcDate, plural } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { useInstance } from '#lib/instance.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Facts } from '#ui/facts.tsx'
import { Meter } from '#ui/meter.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { statsQuery } from './queries.ts'

const refreshMs = 15_000
/** As the alert JarvisBackupOld has it. */
const oldMs = 2 * 24 * 3_600_000
const isOld = (backupAt: string) => Date.now() - Date.parse(backupAt) > oldMs

export function Overview() {
  const { data, error, refetch } = useQuery({ ...statsQuery, refetchInterval: refreshMs })
  const billing = useInstance()?.billing ?? false
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label="Loading figures" rows={8} />
  const { users, subscriptions, month, runs, payments, backup, feedback, routing } = data
  return (
    <div className="flex flex-col gap-10">
      <BackupTrouble backup={backup} />
      <MoneyBack payments={payments} />
      <Figures title={`Since ${formatUtcDate(month.startsAt)}`}>
        <Facts
          items={[
            {
              name: 'Cost of models',
              value: formatUsd(month.costMicroUsd),
              note: month.reservedMicroUsd > 0 && `${formatUsd(month.reservedMicroUsd)} held`,
            },
            { name: 'Tokens', value: formatShort(month.tokens) },
            { name: 'Answers', value: formatCount(month.runs) },
            { name: 'Cost of an answer', value: month.runs > 0 ? formatUsd(month.costMicroUsd / month.runs) : '—' },
          ]}
        />
        <Ceiling month={month} />
      </Figures>
      <Figures title="Revenue">
        {billing ? (
          <Facts
            items={[
              { name: 'Monthly recurring', value: formatUsd(subscriptions.monthlyRevenueMicroUsd) },
              { name: 'Paying', value: formatCount(subscriptions.active), note: `${formatCount(subscriptions.trialing)} trying` },
              { name: 'Payment failed', value: formatCount(subscriptions.pastDue) },
              { name: 'Leaving', value: formatCount(subscriptions.cancelling), note: 'cancelled, paid until the period ends' },
            ]}
          />
        ) : (
          <p className="text-muted">Billing is off: set up Stripe to sell plans, or give them by hand under People.</p>
        )}
      </Figures>
      <Figures title="People">
        <Facts
          items={[
            { name: 'Accounts', value: formatCount(users.total), note: users.disabled > 0 && `${formatCount(users.disabled)} disabled` },
            { name: 'Active in 30 days', value: formatCount(users.active30Days) },
          ]}
        />
        <ByPlan byPlan={users.byPlan} total={users.total} />
      </Figures>
      <Figures title="Answers now">
        <Facts
          items={[
            { name: 'Being written', value: formatCount(runs.active) },
            { name: 'Waiting for a person', value: formatCount(runs.waiting) },
            { name: 'Failed in a day', value: formatCount(runs.failedLastDay) },
          ]}
        />
      </Figures>
      <Figures title="What people think of answers">
        <Ratings feedback={feedback} />
      </Figures>
      <Figures title="What the choice of models saved in 30 days">
        <Routing routing={routing} />
      </Figures>
      <Figures title="Backups">
        <Backups backup={backup} />
      </Figures>
    </div>
  )
}

function Figures({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-5">
      <h2 className="text-base font-semibold">{title}</h2>
      {children}
    </section>
  )
}

/** Nobody is told by Jarvis but here and in the log; a dispute has a deadline, which runs at the provider. */
function MoneyBack({ payments: { refunds30Days, disputes30Days } }: Pick<AdminStats, 'payments'>) {
  if (refunds30Days + disputes30Days === 0) return null
  return (
    <Notice look="warn">
      <p>
        In the last 30 days
        {disputes30Days > 0 && (
          <>
            {' '}
            <AuditLink action="payment.dispute">{plural(disputes30Days, 'payment was disputed', 'payments were disputed')}</AuditLink>
            {refunds30Days > 0 && ' and'}
          </>
        )}
        {refunds30Days > 0 && (
          <>
            {' '}
            <AuditLink action="payment.refund">{plural(refunds30Days, 'payment was refunded', 'payments were refunded')}</AuditLink>
          </>
        )}
        .{disputes30Days > 0 && ' A dispute is answered in Stripe, before its deadline.'} No plan changes by itself.
      </p>
    </Notice>
  )
}

function AuditLink({ action, children }: { action: string; children: React.ReactNode }) {
  return (
    <Link to="/admin/audit" search={{ action }} className="inline-block py-0.5 font-medium underline underline-offset-4">
      {children}
    </Link>
  )
}

function Ceiling({ month: { costMicroUsd, reservedMicroUsd, ceilingMicroUsd } }: Pick<AdminStats, 'month'>) {
  if (ceilingMicroUsd === null) return <p className="text-sm text-muted">There is no ceiling for the whole installation. Set one under Settings.</p>
  const spent = costMicroUsd + reservedMicroUsd
  return (
    <div className="flex max-w-xl flex-col gap-2">
      <p className="text-sm text-muted tabular-nums">
        {formatUsd(Math.max(0, ceilingMicroUsd - spent))} left of the installation’s ceiling of {formatUsd(ceilingMicroUsd)}
      </p>
      <Meter label="Spent of the installation’s ceiling" value={spent} max={ceilingMicroUsd} />
    </div>
  )
}

/** Before all figures: nobody looks for it at the end of a page. */
function BackupTrouble({ backup: { lastAt, failures, failure } }: Pick<AdminStats, 'backup'>) {
  if (failure) {
    const which = failures === 1 ? 'The newest backup failed' : `The last ${formatCount(failures)} backups failed`
    return (
      <Notice look="danger">
        {which}: {failure} It is tried again each quarter of an hour.
      </Notice>
    )
  }
  return (
    lastAt !== null && isOld(lastAt) && <Notice look="warn">The newest backup is over two days old: what was written since then is in none.</Notice>
  )
}

function Backups({ backup: { isScheduled, lastAt, lastBytes } }: Pick<AdminStats, 'backup'>) {
  return (
    <>
      {!isScheduled && <p className="max-w-xl text-sm text-muted">None are made by themselves: an operator sets BACKUP_URL and BACKUP_KEY.</p>}
      {(isScheduled || lastAt) && (
        <Facts
          items={[
            { name: 'Newest', value: lastAt ? formatAgo(lastAt) : 'None yet', note: lastAt && formatMoment(lastAt) },
            { name: 'Size', value: lastBytes === null ? '—' : formatBytes(lastBytes) },
          ]}
        />
      )}
    </>
  )
}

function Ratings({ feedback }: Pick<AdminStats, 'feedback'>) {
  if (feedback.length === 0) return <p className="text-sm text-muted">Nobody has rated an answer yet.</p>
  return (
    <ul aria-label="Ratings by model" className="flex max-w-xl flex-col gap-2 text-sm tabular-nums">
      {feedback.map(({ model, up, down }) => (
        <li key={model} className="grid grid-cols-[1fr_5rem_5rem] items-center gap-3">
          <span className="truncate">{model || 'Unknown model'}</span>
          <span className="text-end">{formatCount(up)} good</span>
          <span className="text-end text-muted">{formatCount(down)} bad</span>
        </li>
      ))}
    </ul>
  )
}

/** By model: what its answers cost, and what those that they were chosen against would have cost. */
function Routing({ routing }: Pick<AdminStats, 'routing'>) {
  if (routing.length === 0) return <p className="text-sm text-muted">No answer has been given yet.</p>
  return (
    <ul aria-label="Cost by chosen model" className="flex max-w-xl flex-col gap-2 text-sm tabular-nums">
      {routing.map(({ model, answers, estimatedMicroUsd, costMicroUsd, otherMicroUsd }) => (
        <li key={model}>
          <span className="flex justify-between gap-3">
            <span className="truncate">{model || 'Unknown model'}</span>
            <span>{plural(answers, 'answer')}</span>
          </span>
          <span className="text-muted">{`${formatUsd(costMicroUsd)}, expected ${formatUsd(estimatedMicroUsd)}; the other choice: ${formatUsd(otherMicroUsd)}`}</span>
        </li>
      ))}
    </ul>
  )
}

function ByPlan({ byPlan, total }: { byPlan: AdminStats['users']['byPlan']; total: number }) {
  return (
    <ul aria-label="People by plan" className="flex max-w-xl flex-col gap-2 text-sm tabular-nums">
      {(['free', 'pro', 'enterprise'] as const).map((plan) => (
        <li key={plan} className="grid grid-cols-[6rem_1fr_4rem] items-center gap-3">
          {planNames[plan]}
          <span aria-hidden className="h-1.5 overflow-hidden rounded-full bg-hover">
            <span className="block h-full rounded-full bg-accent" style={{ width: `${total > 0 ? (100 * (byPlan[plan] ?? 0)) / total : 0}%` }} />
          </span>
          <span className="text-end text-muted">{formatCount(byPlan[plan] ?? 0)}</span>
        </li>
      ))}
    </ul>
  )
}
