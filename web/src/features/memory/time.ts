import { dateFormat } from '#lib/format.ts'
import { say } from '#words/say.ts'

const day = dateFormat({ dateStyle: 'medium', timeZone: 'UTC' })
const month = dateFormat({ month: 'long', year: 'numeric', timeZone: 'UTC' })

/** A year, a month, a day or two days with a slash between them, for a person. What is none of them is shown as it is. */
export function timeOf(iso: string): string {
  const [from = '', to] = iso.split('/')
  if (to !== undefined) return say('{from} to {to}', { from: timeOf(from), to: timeOf(to) })
  const at = new Date(from)
  if (/^\d{4}$/u.test(from) || Number.isNaN(at.getTime())) return from
  return (from.length === 7 ? month() : day()).format(at)
}
