import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx.ts'

/** 16 px text: smaller makes iOS zoom into the page. */
export const inputClass =
  'w-full rounded-lg border border-line-strong bg-raised px-3 text-base text-ink placeholder:text-faint focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 aria-invalid:border-danger'

type FieldProps = ComponentProps<'input'> & { label: string; error?: string | undefined; hint?: ReactNode }

export function Field({ label, error, hint, className, ...rest }: FieldProps) {
  const id = useId()
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        dir="auto"
        className={cx(inputClass, 'h-11')}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        {...rest}
      />
      {hint && !error && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  )
}
