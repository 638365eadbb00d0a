import { Field } from '#ui/field.tsx'
import { parseUsd } from '#lib/money.ts'
import { say } from '#words/say.ts'

/** What a field says of a ceiling: an amount in micro-dollars, null for none, or undefined where it is no amount. */
export const ceilingOf = (text: string): number | null | undefined => (text.trim() === '' ? null : (parseUsd(text) ?? undefined))

type CeilingProps = { label: string; text: string; onChange: (text: string) => void; hint: string }

export function CeilingField({ label, text, onChange, hint }: CeilingProps) {
  return (
    <Field
      label={label}
      inputMode="decimal"
      autoComplete="off"
      placeholder={say('No ceiling')}
      value={text}
      onChange={(event) => onChange(event.target.value)}
      error={ceilingOf(text) === undefined ? say('An amount in dollars, such as 20 or 12.50, with at most six decimals.') : undefined}
      hint={hint}
    />
  )
}
