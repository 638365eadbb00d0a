import type german from '@jarvis/contracts/words/de.json'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What letters say, in English: the key of each sentence in the catalogues. */
type Sentence = keyof (typeof german)['letters']
/** How letters are said to somebody. A name in braces is one of the params. */
export type Voice = { language: string; say(english: Sentence, params?: Record<string, string>): string }

const folder = dirname(createRequire(import.meta.url).resolve('@jarvis/contracts/words/de.json'))
const languages = new Set(['en', ...readdirSync(folder).map((name) => name.replace('.json', ''))])
const catalogs = new Map<string, Record<string, string>>([['en', {}]])

function lettersIn(language: string): Record<string, string> {
  const known = catalogs.get(language)
  if (known) return known
  const { letters } = JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as { letters: Record<string, string> }
  catalogs.set(language, letters)
  return letters
}

/** A tag, or several by what they are worth, as in `Accept-Language`. */
function tagsOf(wanted: string): string[] {
  const parts = wanted.split(',').map((part) => part.trim().toLowerCase().split(';'))
  const worth = ([, quality]: string[]) => Number(quality?.trim().replace('q=', '') ?? 1)
  return parts.toSorted((one, other) => worth(other) - worth(one)).map(([tag = '']) => tag.split('-')[0]!)
}

/** In the first of these languages that there is, else in English: tags, or what a browser asks for. */
export function voiceOf(...wanted: (string | null | undefined)[]): Voice {
  const language = wanted.flatMap((tags) => (tags ? tagsOf(tags) : [])).find((tag) => languages.has(tag)) ?? 'en'
  const letters = lettersIn(language)
  return {
    language,
    say: (english, params = {}) => (letters[english] ?? english).replace(/\{(\w+)\}/g, (gap, name: string) => params[name] ?? gap),
  }
}
