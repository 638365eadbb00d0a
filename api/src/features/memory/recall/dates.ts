/** From the start of a day to the start of the day after the last, in milliseconds. */
export type Days = { from: number; to: number }

const dayMs = 86_400_000
const languages = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'pl', 'ru', 'tr', 'ja', 'zh', 'ko']

const monthByName = new Map<string, number>()
for (const language of languages) {
  for (const style of ['long', 'short'] as const) {
    for (const withDay of [true, false]) {
      const format = new Intl.DateTimeFormat(language, { month: style, timeZone: 'UTC', ...(withDay && { day: 'numeric' }) })
      for (let month = 0; month < 12; month++) {
        const part = format.formatToParts(Date.UTC(2024, month, 1)).find(({ type }) => type === 'month')
        const name = part?.value.toLowerCase().replace(/[.\d]/gu, '') ?? ''
        if (name.length >= 3) monthByName.set(name, month)
      }
    }
  }
}
/** Words that are something else as often. */
for (const name of [
  'mar',
  'set',
  'dec',
  'ago',
  'dic',
  'sie',
  'lis',
  'paź',
  'gru',
  'maj',
  'juin',
  'out',
  'fev',
  'ene',
  'mai',
  'mei',
  'may',
  'mar',
  'oca',
]) {
  if (name !== 'may' && name !== 'mai' && name !== 'maj' && name !== 'mei' && name !== 'juin') monthByName.delete(name)
}

type Unit = 'day' | 'week' | 'month' | 'year'
const relative: [RegExp, Unit, number][] = [
  [/\b(?:yesterday|gestern|ayer|hier|ieri|ontem|gisteren|wczoraj|dün)\b|вчера|昨日|昨天|어제/iu, 'day', -1],
  [/\b(?:today|heute|hoy|aujourd'hui|oggi|hoje|vandaag|dzisiaj|bugün|tonight)\b|сегодня|今日|今天|오늘/iu, 'day', 0],
  [
    /\b(?:last week|letzte woche|vergangene woche|la semana pasada|la semaine dernière|la settimana scorsa|semana passada|vorige week|w zeszłym tygodniu|geçen hafta)\b|на прошлой неделе|先週|上周|上星期|지난주/iu,
    'week',
    -1,
  ],
  [
    /\b(?:last month|letzten monat|vergangenen monat|el mes pasado|le mois dernier|il mese scorso|mês passado|vorige maand|w zeszłym miesiącu|geçen ay)\b|в прошлом месяце|先月|上个月|지난달/iu,
    'month',
    -1,
  ],
  [
    /\b(?:last year|letztes jahr|vergangenes jahr|el año pasado|l'année dernière|l'an dernier|l'anno scorso|ano passado|vorig jaar|w zeszłym roku|geçen yıl)\b|в прошлом году|去年|작년/iu,
    'year',
    -1,
  ],
  [/\b(?:this month|diesen monat|este mes|ce mois-ci|questo mese|este mês|deze maand)\b|今月|这个月/iu, 'month', 0],
  [/\b(?:this year|dieses jahr|este año|cette année|quest'anno|este ano|dit jaar)\b|今年/iu, 'year', 0],
]
const ago = /\b(\d{1,3}|a|an|one|two|three|four|five|six)\s(day|week|month|year)s?\sago\b/giu
const isoDate = /\b(\d{4})-(\d{2})-(\d{2})\b/gu
const dotted = /\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b/gu
const eastern = /(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?/gu
const nameOfMonth =
  /(?:(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.|º|er)?(?:\sof)?\s(?:de\s)?)?(?<!\p{L})(\p{L}{3,12})\.?(?:\s(\d{1,2})(?:st|nd|rd|th)?(?!\d))?(?:,?\s(?:de\s|of\s)?(\d{4}))?/gu
const yearAlone = /(?<![\d.,-])(?:19|20)\d{2}(?![\d-]|[.,]\d)/gu
const numbers: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6 }
const lastWord = /(?:last|letzten|letzter|vergangenen|pasado|dernier|scorso|passado|vorige|zeszłym|прошлом|geçen)\s*$/iu

/** The days that a text names; what is said as seen from today ("last May") needs the day on which it was said. */
export function datesIn(text: string, said: Date | null): Days[] {
  const read = text.slice(0, 2000)
  const found: Days[] = []
  for (const [, year, month, day] of read.matchAll(isoDate)) found.push(dayOf(Number(year), Number(month) - 1, Number(day)))
  for (const [, day, month, year] of read.matchAll(dotted)) found.push(dayOf(Number(year), Number(month) - 1, Number(day)))
  for (const [, year, month, day] of read.matchAll(eastern)) {
    const named = year === undefined ? undefined : Number(year)
    pushMonth(found, Number(month) - 1, day, named, said, false)
  }
  for (const { 1: before, 2: name = '', 3: after, 4: year, index } of read.matchAll(nameOfMonth)) {
    const month = monthByName.get(name.toLowerCase())
    // "may" and "march" are verbs too.
    if (
      month === undefined ||
      (/^(?:may|march|mai)$/u.test(name) && before === undefined && year === undefined && !lastWord.test(read.slice(0, index)))
    )
      continue
    pushMonth(
      found,
      month,
      before ?? after,
      year === undefined ? undefined : Number(year),
      said,
      lastWord.test(read.slice(Math.max(0, index - 20), index)),
    )
  }
  if (found.length === 0)
    for (const [year] of read.matchAll(yearAlone)) found.push({ from: Date.UTC(Number(year), 0), to: Date.UTC(Number(year) + 1, 0) })
  if (said) {
    for (const [pattern, unit, distance] of relative) if (pattern.test(read)) found.push(periodOf(said, unit, distance))
    for (const [, count = '', unit] of read.matchAll(ago)) {
      found.push(periodOf(said, unit!.toLowerCase() as Unit, -(numbers[count.toLowerCase()] ?? Number(count))))
    }
  }
  return found
}

function pushMonth(found: Days[], month: number, day: string | undefined, year: number | undefined, said: Date | null, isLast: boolean): void {
  if (month < 0 || month > 11) return
  if (year === undefined && !said) return
  // Without a year it is the latest that has begun; "last May", said in May, is a year ago.
  let of = year ?? said!.getUTCFullYear()
  if (year === undefined && (month > said!.getUTCMonth() || (isLast && month === said!.getUTCMonth()))) of--
  found.push(day === undefined ? { from: Date.UTC(of, month), to: Date.UTC(of, month + 1) } : dayOf(of, month, Number(day)))
}

const dayOf = (year: number, month: number, day: number): Days => ({ from: Date.UTC(year, month, day), to: Date.UTC(year, month, day + 1) })

function periodOf(said: Date, unit: Unit, distance: number): Days {
  const [year, month, day] = [said.getUTCFullYear(), said.getUTCMonth(), said.getUTCDate()]
  if (unit === 'year') return { from: Date.UTC(year + distance, 0), to: Date.UTC(year + distance + 1, 0) }
  if (unit === 'month') return { from: Date.UTC(year, month + distance), to: Date.UTC(year, month + distance + 1) }
  if (unit === 'day') return { from: Date.UTC(year, month, day + distance), to: Date.UTC(year, month, day + distance + 1) }
  const monday = day - ((said.getUTCDay() + 6) % 7)
  return { from: Date.UTC(year, month, monday + 7 * distance), to: Date.UTC(year, month, monday + 7 * (distance + 1)) }
}

/** 1 where a text names days of the range or was said in it, less where it was said within two weeks of it, 0 elsewhere. */
export function overlap(range: Days, days: readonly Days[], said: Date | null): number {
  const meets = ({ from, to }: Days) => from < range.to && to > range.from
  if (days.some(meets)) return 1
  if (!said) return 0
  const at = said.getTime()
  if (at >= range.from && at < range.to) return 0.8
  const distance = at < range.from ? range.from - at : at - range.to
  return distance < 14 * dayMs ? 0.4 : 0
}
