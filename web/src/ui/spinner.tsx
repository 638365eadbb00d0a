import { cx } from './cx.ts'

export function Spinner({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={cx('spin inline-block size-4 shrink-0 rounded-full border-2 border-current border-e-transparent opacity-70', className)}
    />
  )
}
