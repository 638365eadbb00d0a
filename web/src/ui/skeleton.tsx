import { cx } from './cx.ts'

/** A still grey line where text will be. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx('pulse h-4 rounded bg-hover', className)} />
}

export function SkeletonList({ label, rows = 4 }: { label: string; rows?: number }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-4 px-3 py-2">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className={['w-11/12', 'w-3/5', 'w-4/5', 'w-2/3'][row % 4]} />
      ))}
    </div>
  )
}
