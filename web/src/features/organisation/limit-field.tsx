import { amountOf } from '#lib/money.ts'
import { AmountField, type AmountFieldProps } from '#ui/amount-field.tsx'
import { say } from '#words/say.ts'

export function LimitField(props: AmountFieldProps) {
  const fault = say('An amount such as 20 or 12.50, with at most six decimals.')
  return <AmountField {...props} none={say('No limit')} error={amountOf(props.text) === undefined ? fault : undefined} />
}
