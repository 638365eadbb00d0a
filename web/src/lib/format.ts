import { formatUsd } from './money.ts'
import { dateFormat, formatCount, inLanguage, numberFormat } from '#words/numbers.ts'
import { say } from '#words/say.ts'

export { dateFormat, formatCount }

const short = numberFormat({ notation: 'compact', maximumFractionDigits: 1 })
const tick = numberFormat({ notation: 'compact', maximumSignificantDigits: 4 })
const date = dateFormat({ dateStyle: 'medium' })
const utcDate = dateFormat({ dateStyle: 'medium', timeZone: 'UTC' })
const moment = dateFormat({ dateStyle: 'medium', timeStyle: 'short' })
const ago = inLanguage((tag) => new Intl.RelativeTimeFormat(`${tag}-u-nu-latn`))
const tenths = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 })
const sizes = (['kilobyte', 'megabyte', 'gigabyte'] as const).map((unit) =>
  numberFormat({ style: 'unit', unit, minimumSignificantDigits: 3, maximumSignificantDigits: 3, useGrouping: false }),
)

export const formatShort = (count: number) => short().format(count)
/** Of an axis: its ticks are round numbers, and stay what they are. */
export const formatTick = (count: number) => tick().format(count)
/** A day. Every date of the page is written like this one, or like it with a time. */
export const formatDate = (timestamp: string) => date().format(new Date(timestamp))
/** The day of something that begins and ends at midnight UTC, as billing cycles do: in local time it would be another one west of it. */
export const formatUtcDate = (timestamp: string) => utcDate().format(new Date(timestamp))
/** How long ago, in the unit that people would name. */
export function formatAgo(timestamp: string): string {
  const minutes = Math.round((Date.now() - Date.parse(timestamp)) / 60_000)
  if (minutes < 1) return say('Just now')
  if (minutes < 90) return ago().format(-minutes, 'minute')
  return minutes < 48 * 60 ? ago().format(-Math.round(minutes / 60), 'hour') : ago().format(-Math.round(minutes / 1440), 'day')
}
export const formatMoment = (timestamp: string) => moment().format(new Date(timestamp))

/** What an answer cost, where nothing is worth saying so. */
export const formatCost = (microUsd: number) => (microUsd === 0 ? say('free') : formatUsd(microUsd))

export function formatDuration(ms: number): string {
  if (ms < 1000) return say('{n} ms', { n: Math.round(ms) })
  return say('{n} s', { n: ms < 9950 ? tenths().format(ms / 1000) : Math.round(ms / 1000) })
}

/** In powers of 1,000, as disks are sold, in the language's own units. */
export function formatBytes(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return power < 1 ? say('{n} bytes', { n: bytes }) : sizes[power - 1]!().format(bytes / 1000 ** power)
}

export function formatWait(seconds: number): string {
  if (seconds < 100) return say('{n} s', { n: seconds })
  return seconds < 5400 ? say('{n} min', { n: Math.ceil(seconds / 60) }) : say('{n} h', { n: Math.ceil(seconds / 3600) })
}
