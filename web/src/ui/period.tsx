import { Field } from './field.tsx'
import { say } from '#words/say.ts'

type PeriodProps = { from: string; to: string; onChange: (period: { from: string; to: string }) => void }

/** A day takes the same room whatever its digits, and all there is on a phone. */
const className = 'tabular-nums max-sm:grow max-sm:basis-0'

/** From one day to another, both of them within. */
export function Period({ from, to, onChange }: PeriodProps) {
  const backwards = from > to ? say('This is before the first day.') : undefined
  return (
    <>
      <Field
        className={className}
        label={say('From')}
        type="date"
        required
        value={from}
        max={to}
        onChange={({ target }) => target.value && onChange({ from: target.value, to })}
      />
      <Field
        className={className}
        label={say('To')}
        type="date"
        required
        value={to}
        min={from}
        error={backwards}
        onChange={({ target }) => target.value && onChange({ from, to: target.value })}
      />
    </>
  )
}
