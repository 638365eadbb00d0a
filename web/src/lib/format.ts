const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export const formatCount = (count: number) => whole.format(count)
export const formatShort = (count: number) => short.format(count)
export const formatDay = (timestamp: string) => day.format(new Date(timestamp))
export const formatMoment = (timestamp: string) => moment.format(new Date(timestamp))

export function formatCost(microUsd: number): string {
  if (microUsd === 0) return 'free'
  const usd = microUsd / 1_000_000
  return usd < 0.0001 ? '< $0.0001' : `$${usd.toFixed(usd < 0.01 ? 4 : 2)}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

export function formatWait(seconds: number): string {
  if (seconds < 100) return `${seconds} s`
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
