import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const looks = {
  plain: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  warn: 'bg-warn-soft text-warn',
  danger: 'bg-danger-soft text-danger',
}

export function Badge({ look = 'plain', children }: { look?: keyof typeof looks; children: ReactNode }) {
  return <span className={cx('inline-flex shrink-0 items-center rounded-md px-2 py-0.5 text-[0.8125rem] font-medium', looks[look])}>{children}</span>
}
