import { amountOf } from '#lib/money.ts'
import { AmountField, type AmountFieldProps } from '#ui/amount-field.tsx'
import { say } from '#words/say.ts'

export function CeilingField(props: AmountFieldProps) {
  const fault = say('An amount in dollars, such as 20 or 12.50, with at most six decimals.')
  return <AmountField {...props} none={say('No ceiling')} error={amountOf(props.text) === undefined ? fault : undefined} />
}
