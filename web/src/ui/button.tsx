import type { ComponentProps } from 'react'
import { cx } from './cx.ts'
import { Spinner } from './spinner.tsx'

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-faint',
  quiet: 'border border-line bg-raised text-ink hover:bg-hover disabled:bg-transparent disabled:text-faint',
  bare: 'text-muted hover:bg-hover hover:text-ink disabled:bg-transparent disabled:text-faint',
  danger:
    'border border-line bg-raised text-danger hover:border-danger hover:bg-danger-soft disabled:border-line disabled:bg-transparent disabled:text-faint',
}

type ButtonProps = ComponentProps<'button'> & { look?: keyof typeof looks; busy?: boolean }

export function Button({ look = 'quiet', busy = false, className, children, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={cx(
        'inline-flex min-h-10 shrink-0 items-center whitespace-nowrap justify-center gap-2 rounded-lg px-4 text-[0.9375rem] font-medium transition-colors',
        looks[look],
        className,
      )}
      // Busy, it keeps the focus and does nothing: also not the form's submit.
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  )
}

/** An icon needs words: `label` is its name for everyone, shown as a tooltip and read aloud. */
export function IconButton({
  label,
  className,
  type = 'button',
  small = false,
  ...rest
}: ComponentProps<'button'> & { label: string; small?: boolean }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-lg text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 disabled:hover:bg-transparent',
        small ? 'size-8 touch:size-10' : 'size-10',
        className,
      )}
      {...rest}
    />
  )
}
