import { Field } from './field.tsx'

export type AmountFieldProps = { label: string; text: string; onChange: (text: string) => void; hint: string }

/** `none` is what an empty one says. */
export function AmountField({ label, text, onChange, hint, none, error }: AmountFieldProps & { none: string; error: string | undefined }) {
  return (
    <Field
      label={label}
      inputMode="decimal"
      autoComplete="off"
      placeholder={none}
      value={text}
      onChange={(event) => onChange(event.target.value)}
      error={error}
      hint={hint}
    />
  )
}
