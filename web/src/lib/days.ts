/** A day in UTC as an RFC 3339 date. */
export const dayOf = (moment: Date) => moment.toISOString().slice(0, 10)

export const today = () => dayOf(new Date())

export function nextDay(day: string): string {
  return dayOf(new Date(Date.parse(day) + 86_400_000))
}

/** What was typed into a date field, or came with an address: a day, or nothing. */
export const asDay = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
