import { useBrand } from './brand.ts'
import { cx } from './cx.ts'

/** The mark: a J whose dot is a lamp that is on. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={cx('size-6 shrink-0', className)}>
      <rect width="32" height="32" rx="9" fill="#0f5f66" />
      <path d="M20 9.5v8.25a5.75 5.75 0 0 1-11.5 0" fill="none" stroke="#f6f3ec" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="11" cy="10.2" r="2.2" fill="#f0b35a" />
    </svg>
  )
}

/** The installation's own name and logo, where it has them. */
export function Wordmark({ className }: { className?: string }) {
  const { name, logo } = useBrand()
  return (
    <span className={cx('inline-flex min-w-0 items-center gap-2 text-[1.0625rem] font-[620] tracking-[-0.02em]', className)}>
      {logo ? <img src={logo} alt="" className="size-6 shrink-0 rounded object-contain" /> : <Mark />}
      <bdi className="min-w-0 truncate">{name || 'Jarvis'}</bdi>
    </span>
  )
}
