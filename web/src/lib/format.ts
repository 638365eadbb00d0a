import { formatUsd } from './money.ts'

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const tick = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 })
/** As this person writes dates in the language of the page. */
const language = navigator.languages.find((tag) => tag.toLowerCase().startsWith('en')) ?? 'en'
const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
const utcDate = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
const ago = new Intl.RelativeTimeFormat('en')

export const formatCount = (count: number) => whole.format(count)
export const formatShort = (count: number) => short.format(count)
/** Of an axis: its ticks are round numbers, and stay what they are. */
export const formatTick = (count: number) => tick.format(count)
/** A day. Every date of the page is written like this one, or like it with a time. */
export const formatDate = (timestamp: string) => date.format(new Date(timestamp))
/** The day of something that begins and ends at midnight UTC, as billing cycles do: in local time it would be another one west of it. */
export const formatUtcDate = (timestamp: string) => utcDate.format(new Date(timestamp))
/** How long ago, in the unit that people would name. */
export function formatAgo(timestamp: string): string {
  const minutes = Math.round((Date.now() - Date.parse(timestamp)) / 60_000)
  if (minutes < 1) return 'Just now'
  if (minutes < 90) return ago.format(-minutes, 'minute')
  return minutes < 48 * 60 ? ago.format(-Math.round(minutes / 60), 'hour') : ago.format(-Math.round(minutes / 1440), 'day')
}
export const formatMoment = (timestamp: string) => moment.format(new Date(timestamp))

/** What an answer cost, where nothing is worth saying so. */
export const formatCost = (microUsd: number) => (microUsd === 0 ? 'free' : formatUsd(microUsd))

export const formatDuration = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`)

/** In powers of 1,000, as disks are sold. */
export function formatBytes(bytes: number): string {
  const unit = Math.max(0, Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return `${unit === 0 ? bytes : (bytes / 1000 ** unit).toPrecision(3)} ${['bytes', 'kB', 'MB', 'GB'][unit]!}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

export function formatWait(seconds: number): string {
  if (seconds < 100) return `${seconds} s`
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
