import type { Amount } from '@jarvis/contracts/text.ts'

/** Currencies that the provider counts in other than hundredths. UGX and ISK have no cents, and are counted in hundredths all the same. */
const digitsOf: Record<string, number> = {
  ...Object.fromEntries('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ').map((currency) => [currency, 0])),
  ...Object.fromEntries('BHD JOD KWD OMR TND'.split(' ').map((currency) => [currency, 3])),
}

/** What the provider counts in a currency's smallest unit. */
export function amountOf(currency: string, smallest: number): Amount {
  const name = currency.toUpperCase()
  const digits = digitsOf[name] ?? 2
  const text = String(Math.abs(smallest)).padStart(digits + 1, '0')
  const [whole, fraction] = [text.slice(0, text.length - digits), text.slice(text.length - digits)]
  return { currency: name, value: `${smallest < 0 ? '-' : ''}${whole}${digits === 0 ? '' : `.${fraction}`}` }
}

/** Null for what is not counted in US dollars. */
export const microUsdOf = ({ currency, value }: Amount): number | null => (currency === 'USD' ? Math.round(Number(value) * 1_000_000) : null)
