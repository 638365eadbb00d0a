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
    <div role={look === 'danger' ? 'alert' : 'note'} className={cx('flex items-center gap-3 rounded-lg border px-3 py-2 text-sm', looks[look])}>
      <Icon aria-hidden className="size-4 shrink-0" />
      <div className="min-w-0 grow">{children}</div>
      {action}
    </div>
  )
}
