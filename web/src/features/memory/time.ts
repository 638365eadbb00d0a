const language = navigator.languages.find((tag) => tag.toLowerCase().startsWith('en')) ?? 'en'
const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
const month = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' })

/** A year, a month, a day or two days with a slash between them, for a person. What is none of them is shown as it is. */
export function timeOf(iso: string): string {
  const [from = '', to] = iso.split('/')
  if (to !== undefined) return `${timeOf(from)} to ${timeOf(to)}`
  const at = new Date(from)
  if (/^\d{4}$/u.test(from) || Number.isNaN(at.getTime())) return from
  return (from.length === 7 ? month : day).format(at)
}
