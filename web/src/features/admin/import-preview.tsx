import type { InvitedMany, InvitedRow } from '@jarvis/contracts/invitations.ts'
import type { ReactNode } from 'react'
import { formatCount } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { Facts } from '#ui/facts.tsx'
import { useFirst } from '#ui/first-of.tsx'
import { Notice } from '#ui/notice.tsx'
import { type Column, Table } from '#ui/table.tsx'
import type { FileRow } from './people-file.ts'
import { roleNames } from './role-names.ts'
import { skippedReasons } from './skipped-reasons.ts'
import { say, sayCount } from '#words/say.ts'

type Line = { from: FileRow; row: InvitedRow }
type PreviewProps = { name: string; rows: readonly FileRow[]; judged: InvitedMany; children: ReactNode }

/** What would become of each row. `children` is what is done next. */
export function ImportPreview({ name, rows, judged, children }: PreviewProps) {
  const lines = judged.rows.map((row, index): Line => ({ from: rows[index]!, row }))
  const invited = lines.filter(({ row }) => row.role !== null)
  const administrators = invited.filter(({ row }) => row.role === 'admin').length
  return (
    <div className="flex flex-col gap-6">
      <p className="font-medium [overflow-wrap:anywhere]">
        <bdi>{name}</bdi>
      </p>
      <Facts
        items={[
          { name: say('Would be invited'), value: formatCount(judged.invited) },
          { name: say('Skipped'), value: formatCount(judged.skipped) },
        ]}
      />
      {administrators > 0 && (
        <Notice look="warn">{sayCount(administrators, '{n} of them becomes an administrator.', '{n} of them become administrators.')}</Notice>
      )}
      {judged.invited > 0 && (
        <p className="max-w-2xl text-muted">
          {invited[0]?.row.outcome === 'mail'
            ? say('Each gets a letter with a link, which works once.')
            : say('Letters are not sent here: you get a list with a link for each, to hand over.')}
        </p>
      )}
      <div className="flex flex-wrap items-end gap-3">{children}</div>
      <Lines title={say('Skipped')} lines={lines.filter(({ row }) => row.role === null)} columns={skippedColumns()} />
      <Lines title={say('Would be invited')} lines={invited} columns={invitedColumns()} />
    </div>
  )
}

const shownAtFirst = 20

function Lines({ title, lines, columns }: { title: string; lines: readonly Line[]; columns: readonly Column<Line>[] }) {
  const { shown, rest } = useFirst(lines, shownAtFirst)
  if (lines.length === 0) return null
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">{title}</h3>
      <Table label={title} columns={columns} rows={shown} rowKey={({ from }) => String(from.row)} />
      {rest}
    </section>
  )
}

const first = (): Column<Line> => ({
  name: say('Email'),
  cell: ({ from }) => (
    <span className="flex min-w-0 flex-col">
      <bdi>{from.email || '—'}</bdi>
      {from.name && <bdi className="text-sm text-muted">{from.name}</bdi>}
    </span>
  ),
})
const rowNumber = (): Column<Line> => ({ name: say('Row'), cell: ({ from }) => <span className="text-muted tabular-nums">{from.row}</span> })

const skippedColumns = (): Column<Line>[] => [
  first(),
  rowNumber(),
  { name: say('Why'), cell: ({ row: { outcome } }) => (outcome === 'mail' || outcome === 'link' ? null : say(skippedReasons[outcome])) },
]

const invitedColumns = (): Column<Line>[] => [
  first(),
  rowNumber(),
  { name: say('Role'), cell: ({ row: { role } }) => role && say(roleNames[role]) },
  { name: say('Plan'), cell: ({ row: { plan } }) => plan && planNames[plan] },
]
