import { parseUsd } from '#lib/money.ts'
import { Field } from '#ui/field.tsx'
import { say } from '#words/say.ts'

/** An amount in micro-dollars, null for no limit, undefined where it is no amount. */
export const amountOf = (text: string): number | null | undefined => (text.trim() === '' ? null : (parseUsd(text) ?? undefined))

export function AmountField({ label, text, onChange, hint }: { label: string; text: string; onChange: (text: string) => void; hint: string }) {
  return (
    <Field
      label={label}
      inputMode="decimal"
      autoComplete="off"
      placeholder={say('No limit')}
      value={text}
      onChange={(event) => onChange(event.target.value)}
      error={amountOf(text) === undefined ? say('An amount such as 20 or 12.50, with at most six decimals.') : undefined}
      hint={hint}
    />
  )
}
