import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx.ts'
import { inputClass } from './field.tsx'

type TextAreaProps = ComponentProps<'textarea'> & { label: string; hint?: ReactNode }

export function TextArea({ label, hint, className, ...rest }: TextAreaProps) {
  const id = useId()
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea id={id} dir="auto" rows={5} aria-describedby={hint ? `${id}-hint` : undefined} className={cx(inputClass, 'py-2')} {...rest} />
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}
