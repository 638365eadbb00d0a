import { CircleAlert, Info } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const looks = {
  danger: 'border-transparent bg-danger-soft text-danger',
  warn: 'border-warn-line bg-warn-soft text-warn',
  plain: 'border-line bg-sunken text-muted',
}

export function Notice({ look = 'plain', action, children }: { look?: keyof typeof looks; action?: ReactNode; children: ReactNode }) {
  const Icon = look === 'plain' ? Info : CircleAlert
  return (
    <div
      role={look === 'danger' ? 'alert' : 'note'}
      className={cx('flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border px-3 py-2 text-sm', looks[look])}
    >
      <div className="flex min-w-0 grow basis-56 items-start gap-3 py-0.5">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0 grow">{children}</div>
      </div>
      {action && <div className="ms-auto flex shrink-0">{action}</div>}
    </div>
  )
}
