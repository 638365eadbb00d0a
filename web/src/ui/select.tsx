import { ChevronDown } from 'lucide-react'
import { type ComponentProps, useId } from 'react'
import { cx } from './cx.ts'
import { inputClass } from './field.tsx'

type SelectProps<Value extends string> = Omit<ComponentProps<'select'>, 'value' | 'onChange'> & {
  label: string
  /** Read aloud only, where the row already says it. */
  hideLabel?: boolean
  value: Value
  options: readonly { value: Value; name: string; disabled?: boolean }[]
  onChange: (value: Value) => void
}

export function Select<Value extends string>({ label, hideLabel = false, value, options, onChange, className, ...rest }: SelectProps<Value>) {
  const id = useId()
  return (
    <div className={cx('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value as Value)}
          className={cx(inputClass, 'h-11 appearance-none pe-8')}
          {...rest}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.name}
            </option>
          ))}
        </select>
        <ChevronDown aria-hidden className="pointer-events-none absolute top-3.5 end-2.5 size-4 text-muted" />
      </div>
    </div>
  )
}
