import { language } from './language.ts'

/** Makes a formatter once for each language of the page. */
export function inLanguage<T>(make: (tag: string) => T): () => T {
  let tag = ''
  let made: T
  return () => {
    if (tag !== language()) made = make((tag = language()))
    return made
  }
}

/** The digits of all languages here are 0 to 9, as those of what models and servers write. */
export const numberFormat = (options: Intl.NumberFormatOptions = {}) =>
  inLanguage((tag) => new Intl.NumberFormat(tag, { numberingSystem: 'latn', ...options }))

const whole = numberFormat()
export const formatCount = (count: number) => whole().format(count)

/** As this person writes dates in the language of the page: an Austrian's January is not a German's. */
export const dateFormat = (options: Intl.DateTimeFormatOptions) =>
  inLanguage((tag) => {
    const own = navigator.languages.find((one) => one.toLowerCase().split('-')[0] === language())
    return new Intl.DateTimeFormat(own ?? tag, { numberingSystem: 'latn', ...options })
  })
