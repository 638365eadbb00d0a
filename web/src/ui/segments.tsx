import { cx } from './cx.ts'

type SegmentsProps<Value extends string> = {
  label: string
  value: Value
  options: readonly { value: Value; name: string }[]
  onChange: (value: Value) => void
}

/** A choice of few, side by side; four are two and two where there is no room. */
export function Segments<Value extends string>({ label, value, options, onChange }: SegmentsProps<Value>) {
  return (
    <fieldset
      className={cx(
        'flex w-fit max-w-full flex-wrap gap-1 rounded-xl border border-line bg-sunken p-1',
        options.length === 4 && 'max-[28rem]:grid max-[28rem]:w-full max-[28rem]:grid-cols-2',
      )}
    >
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className="flex min-h-9 cursor-pointer items-center justify-center rounded-lg px-3.5 max-sm:grow text-sm text-muted has-checked:bg-raised has-checked:font-medium has-checked:text-ink has-checked:shadow-raised has-focus-visible:outline-2 has-focus-visible:outline-accent touch:min-h-11"
        >
          <input
            type="radio"
            className="sr-only"
            name={label}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.name}
        </label>
      ))}
    </fieldset>
  )
}
