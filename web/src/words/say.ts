import { type English, catalogNow, language } from './language.ts'
import { formatCount } from './numbers.ts'

export type Params = Record<string, string | number>

/** A sentence in the language of the page; a name in braces is one of the params. */
export const say = (english: English, params?: Params): string => filled(formOf(english, english, 0), params)

/** Constant words of the server, such as a tool's name, by their English; what the catalogue has not stays as it is. */
export const sayOfServer = (english: string): string => formOf(english, english, 0)

/** The same with a number `{n}` in it, which decides the form: English has two, other languages up to six. */
export const sayCount = (n: number, one: string, many: English, params?: Params): string =>
  filled(formOf(many, n === 1 ? one : many, n), { n, ...params })

/** The words as they are in the language, not filled in yet. */
export function formOf(key: string, english: string, n: number): string {
  const words = catalogNow()?.words[key] ?? english
  if (typeof words === 'string') return words
  return words[new Intl.PluralRules(language()).select(n)] ?? words.other ?? english
}

const filled = (words: string, params: Params | undefined) =>
  params
    ? words.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = params[name] ?? whole
        return typeof value === 'number' ? formatCount(value) : value
      })
    : words
