import type { Invoice } from '@jarvis/contracts/billing.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { formatAmount } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const statuses: Record<string, English> = { draft: 'Draft', open: 'Open', paid: 'Paid', void: 'Void', uncollectible: 'Uncollectible' }

const columns = (): Column<Invoice>[] => [
  { name: say('Date'), cell: ({ createdAt }) => formatDate(createdAt) },
  { name: say('Status'), cell: ({ status }) => (statuses[status] ? say(statuses[status]) : status) },
  { name: say('Total'), numeric: true, cell: ({ total }) => formatAmount(total) },
  { name: say('Invoice'), cell: ({ number, url }) => <Document number={number} url={url} /> },
]

export function Invoices() {
  const { data, error, refetch } = useQuery({ queryKey: ['invoices'], queryFn: ({ signal }) => call(endpoints.invoices, {}, signal) })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading invoices')} rows={2} />
  if (data.items.length === 0) return <p className="text-muted">{say('There are no invoices yet.')}</p>
  return <Table label={say('Invoices')} columns={columns()} rows={data.items} rowKey={({ id }) => id} />
}

function Document({ number, url }: Pick<Invoice, 'number' | 'url'>) {
  const name = number ?? say('Open')
  if (!url) return name
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" className="text-accent underline decoration-accent-line underline-offset-4">
      {name}
    </a>
  )
}
