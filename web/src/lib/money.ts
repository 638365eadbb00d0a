import { rightToLeft } from '@jarvis/contracts/languages.ts'
import { language } from '#words/language.ts'

const microUsdPerUsd = 1_000_000

type Digits = { currency?: string; minimumFractionDigits: number; maximumFractionDigits?: number }

/** Among letters from right to left “US$” would read “$US”: what names the currency keeps its own direction. */
function money(value: number, { currency = 'USD', ...digits }: Digits): string {
  const isolated = rightToLeft.includes(language().split('-', 1)[0]!)
  return new Intl.NumberFormat(language(), { numberingSystem: 'latn', style: 'currency', currency, ...digits })
    .formatToParts(value)
    .map((part) => (isolated && part.type === 'currency' ? `\u2066${part.value}\u2069` : part.value))
    .join('')
}

/** Dollars with as many decimals as the amount needs to be more than a zero, cents at least. */
export function formatUsd(microUsd: number): string {
  const usd = microUsd / microUsdPerUsd
  if (usd > 0 && usd < 0.0001) return `< ${dollars(0.0001, 4)}`
  const digits = usd > 0 && usd < 0.01 ? 4 : 2
  return dollars(usd, digits)
}

const dollars = (usd: number, digits: number) => money(usd, { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** For columns of small amounts: all with four decimals, so that they can be compared by eye. */
export const formatUsdFine = (microUsd: number) => money(microUsd / microUsdPerUsd, { minimumFractionDigits: 4 })

/** Of an axis: a tick stays the round number that it is. */
export const formatUsdTick = (microUsd: number) => money(microUsd / microUsdPerUsd, { minimumFractionDigits: 2, maximumFractionDigits: 6 })

type Amount = { currency: string; value: string }

/** Money in the currency in which it is asked, with that currency's decimals; a price that is whole stands without them. */
export function formatAmount({ currency, value }: Amount, { whole = false } = {}): string {
  const digits = whole && Number.isInteger(Number(value)) ? 0 : (value.split('.')[1]?.length ?? 0)
  return money(Number(value), { currency, minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A part of a price, rounded as the price itself is. */
export const shareOf = ({ currency, value }: Amount, parts: number): Amount => ({
  currency,
  value: (Number(value) / parts).toFixed(value.split('.')[1]?.length ?? 0),
})

/** Micro-dollars of an amount typed in dollars, digit by digit so that nothing is rounded; null when it is no such amount. */
export function parseUsd(text: string): number | null {
  const [, whole, fraction = ''] = /^\$?(\d{1,9}|\d{1,3}(?:,\d{3})+)(?:\.(\d{0,6}))?$/.exec(text.trim().replace(/^\$\s+/, '$$')) ?? []
  return whole === undefined ? null : Number(whole.replaceAll(',', '')) * microUsdPerUsd + Number(fraction.padEnd(6, '0'))
}

/** The amount in dollars as one would type it: the exact inverse of `parseUsd`. */
export function usdText(microUsd: number): string {
  const fraction = String(microUsd % microUsdPerUsd).padStart(6, '0')
  // Cents are written whole, what is below them only as far as it says something.
  const decimals = /^(\d{2}|\d+[1-9])0*$/.exec(fraction)![1]!
  return `${Math.floor(microUsd / microUsdPerUsd)}${decimals === '00' ? '' : `.${decimals}`}`
}

/** What a field says of an amount: micro-dollars, null for no limit, or undefined where it is no amount. */
export const amountOf = (text: string): number | null | undefined => (text.trim() === '' ? null : (parseUsd(text) ?? undefined))
