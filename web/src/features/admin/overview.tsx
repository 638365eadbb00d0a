import type { AdminStats } from '@jarvis/contracts/admin.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatAgo, formatBytes, formatCount, formatMoment, formatShort, formatUtcDate } from '#lib/format.ts'
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
import { say, sayCount } from '#words/say.ts'
import { sayCountWith, sayWith } from '#words/say-with.tsx'

const refreshMs = 15_000
/** As the alert JarvisBackupOld has it. */
const oldMs = 2 * 24 * 3_600_000
const isOld = (backupAt: string) => Date.now() - Date.parse(backupAt) > oldMs

export function Overview() {
  const { data, error, refetch } = useQuery({ ...statsQuery, refetchInterval: refreshMs })
  const billing = useInstance()?.billing ?? false
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading figures')} rows={8} />
  const { users, subscriptions, month, runs, payments, backup, feedback, routing } = data
  return (
    <div className="flex flex-col gap-10">
      <BackupTrouble backup={backup} />
      <MoneyBack payments={payments} />
      <Figures title={say('Since {date}', { date: formatUtcDate(month.startsAt) })}>
        <Facts
          items={[
            {
              name: say('Cost of models'),
              value: formatUsd(month.costMicroUsd),
              note: month.reservedMicroUsd > 0 && say('{amount} held', { amount: formatUsd(month.reservedMicroUsd) }),
            },
            { name: say('Tokens'), value: formatShort(month.tokens) },
            { name: say('Answers'), value: formatCount(month.runs) },
            { name: say('Cost of an answer'), value: month.runs > 0 ? formatUsd(month.costMicroUsd / month.runs) : '—' },
          ]}
        />
        <Ceiling month={month} />
      </Figures>
      <Figures title={say('Revenue')}>
        {billing ? (
          <Facts
            items={[
              { name: say('Monthly recurring'), value: formatUsd(subscriptions.monthlyRevenueMicroUsd) },
              { name: say('Paying'), value: formatCount(subscriptions.active), note: say('{n} trying', { n: subscriptions.trialing }) },
              { name: say('Payment failed'), value: formatCount(subscriptions.pastDue) },
              { name: say('Leaving'), value: formatCount(subscriptions.cancelling), note: say('cancelled, paid until the period ends') },
            ]}
          />
        ) : (
          <p className="text-muted">{say('Billing is off: set up Stripe to sell plans, or give them by hand under People.')}</p>
        )}
      </Figures>
      <Figures title={say('People')}>
        <Facts
          items={[
            { name: say('Accounts'), value: formatCount(users.total), note: users.disabled > 0 && say('{n} disabled', { n: users.disabled }) },
            { name: say('Active in 30 days'), value: formatCount(users.active30Days) },
          ]}
        />
        <ByPlan byPlan={users.byPlan} total={users.total} />
      </Figures>
      <Figures title={say('Answers now')}>
        <Facts
          items={[
            { name: say('Being written'), value: formatCount(runs.active) },
            { name: say('Waiting for a person'), value: formatCount(runs.waiting) },
            { name: say('Failed in a day'), value: formatCount(runs.failedLastDay) },
          ]}
        />
      </Figures>
      <Figures title={say('What people think of answers')}>
        <Ratings feedback={feedback} />
      </Figures>
      <Figures title={say('What the choice of models saved in 30 days')}>
        <Routing routing={routing} />
      </Figures>
      <Figures title={say('Backups')}>
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
  const link = (action: string) => (words: string) => <AuditLink action={action}>{words}</AuditLink>
  const disputed = sayCountWith(disputes30Days, '<link>{n} payment was disputed</link>', '<link>{n} payments were disputed</link>', {
    link: link('payment.dispute'),
  })
  const refunded = sayCountWith(refunds30Days, '<link>{n} payment was refunded</link>', '<link>{n} payments were refunded</link>', {
    link: link('payment.refund'),
  })
  return (
    <Notice look="warn">
      <p>
        {disputes30Days === 0
          ? sayWith('In the last 30 days {refunded}. No plan changes by itself.', { refunded })
          : refunds30Days === 0
            ? sayWith('In the last 30 days {disputed}. A dispute is answered in Stripe, before its deadline. No plan changes by itself.', {
                disputed,
              })
            : sayWith(
                'In the last 30 days {disputed} and {refunded}. A dispute is answered in Stripe, before its deadline. No plan changes by itself.',
                { disputed, refunded },
              )}
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
  if (ceilingMicroUsd === null)
    return <p className="text-sm text-muted">{say('There is no ceiling for the whole installation. Set one under Settings.')}</p>
  const spent = costMicroUsd + reservedMicroUsd
  return (
    <div className="flex max-w-xl flex-col gap-2">
      <p className="text-sm text-muted tabular-nums">
        {say('{left} left of the installation’s ceiling of {ceiling}', {
          left: formatUsd(Math.max(0, ceilingMicroUsd - spent)),
          ceiling: formatUsd(ceilingMicroUsd),
        })}
      </p>
      <Meter label={say('Spent of the installation’s ceiling')} value={spent} max={ceilingMicroUsd} />
    </div>
  )
}

/** Before all figures: nobody looks for it at the end of a page. */
function BackupTrouble({ backup: { lastAt, failures, failure } }: Pick<AdminStats, 'backup'>) {
  if (failure)
    return (
      <Notice look="danger">
        {sayCount(
          failures,
          'The newest backup failed: {failure} It is tried again each quarter of an hour.',
          'The last {n} backups failed: {failure} It is tried again each quarter of an hour.',
          { failure },
        )}
      </Notice>
    )
  return (
    lastAt !== null &&
    isOld(lastAt) && <Notice look="warn">{say('The newest backup is over two days old: what was written since then is in none.')}</Notice>
  )
}

function Backups({ backup: { isScheduled, lastAt, lastBytes } }: Pick<AdminStats, 'backup'>) {
  return (
    <>
      {!isScheduled && (
        <p className="max-w-xl text-sm text-muted">{say('None are made by themselves: an operator sets BACKUP_URL and BACKUP_KEY.')}</p>
      )}
      {(isScheduled || lastAt) && (
        <Facts
          items={[
            { name: say('Newest'), value: lastAt ? formatAgo(lastAt) : say('None yet'), note: lastAt && formatMoment(lastAt) },
            { name: say('Size'), value: lastBytes === null ? '—' : formatBytes(lastBytes) },
          ]}
        />
      )}
    </>
  )
}

function Ratings({ feedback }: Pick<AdminStats, 'feedback'>) {
  if (feedback.length === 0) return <p className="text-sm text-muted">{say('Nobody has rated an answer yet.')}</p>
  return (
    <ul aria-label={say('Ratings by model')} className="flex max-w-xl flex-col gap-2 text-sm tabular-nums">
      {feedback.map(({ model, up, down }) => (
        <li key={model} className="grid grid-cols-[1fr_5rem_5rem] items-center gap-3">
          <span className="truncate">{model || say('Blocked messages')}</span>
          <span className="text-end">{say('{n} good', { n: up })}</span>
          <span className="text-end text-muted">{say('{n} bad', { n: down })}</span>
        </li>
      ))}
    </ul>
  )
}

/** By model: what its answers cost, and what those that they were chosen against would have cost. */
function Routing({ routing }: Pick<AdminStats, 'routing'>) {
  if (routing.length === 0) return <p className="text-sm text-muted">{say('No answer has been given yet.')}</p>
  return (
    <ul aria-label={say('Cost by chosen model')} className="flex max-w-xl flex-col gap-2 text-sm tabular-nums">
      {routing.map(({ model, answers, estimatedMicroUsd, costMicroUsd, otherMicroUsd }) => (
        <li key={model}>
          <span className="flex justify-between gap-3">
            <span className="truncate">{model || say('Unknown model')}</span>
            <span>{sayCount(answers, '{n} answer', '{n} answers')}</span>
          </span>
          <span className="text-muted">
            {say('{cost}, expected {expected}; the other choice: {other}', {
              cost: formatUsd(costMicroUsd),
              expected: formatUsd(estimatedMicroUsd),
              other: formatUsd(otherMicroUsd),
            })}
          </span>
        </li>
      ))}
    </ul>
  )
}

function ByPlan({ byPlan, total }: { byPlan: AdminStats['users']['byPlan']; total: number }) {
  return (
    <ul aria-label={say('People by plan')} className="flex max-w-xl flex-col gap-2 text-sm tabular-nums">
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
