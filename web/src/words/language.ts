import { rightToLeft } from '@jarvis/contracts/languages.ts'
import type { Language } from '@jarvis/contracts/sentences.ts'
import type german from '@jarvis/contracts/words/de.json'
import { useSyncExternalStore } from 'react'

/** What the page says, in English: the key of each sentence. A translation by plural category is a set of forms. */
export type English = keyof (typeof german)['words']
export type Words = Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>
type Catalog = { words: Words } & Language

const folder = '../../../contracts/src/words/'
const files = import.meta.glob<Catalog>('../../../contracts/src/words/*.json', { import: 'default' })
const storageName = 'jarvis.language'

/** As tags: English, which the sources are written in, and one for each file. */
export const languages = ['en', ...Object.keys(files).map((path) => path.slice(folder.length, -5))]
let shown = 'en'
const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The one that the page is in. */
export const language = () => shown
export const useLanguage = () => useSyncExternalStore(subscribe, language)

let catalog: Catalog | undefined
export const catalogNow = () => catalog

/** The first of these that the page can speak; what is none of ours is passed over. */
export const knownOf = (tags: readonly (string | null | undefined)[]) => tags.map((tag) => tag?.split('-')[0]).find((tag) => languages.includes(tag!))

/** What was chosen here, and else what the browser asks for. */
export const chosenLanguage = () => knownOf([localStorage.getItem(storageName)])
const wanted = () => chosenLanguage() ?? knownOf(navigator.languages) ?? 'en'

/** Keeps a choice in this browser, or takes it back, and shows the page in it. */
export async function chooseLanguage(tag: string | null) {
  if (tag) localStorage.setItem(storageName, tag)
  else localStorage.removeItem(storageName)
  await showLanguage()
}

/** What a person chose for their account holds in each browser that they sign in with. */
export async function adoptLanguage(tag: string) {
  const known = knownOf([tag])
  if (known && known !== chosenLanguage()) await chooseLanguage(known)
}

/** Loads what was chosen and shows the page in it; where it cannot be loaded the page stays readable, in English. */
export async function showLanguage(tag = wanted()) {
  const next = await files[`${folder}${tag}.json`]?.().catch(() => undefined)
  if (tag !== wanted()) return
  catalog = next
  shown = next ? tag : 'en'
  document.documentElement.lang = shown
  document.documentElement.dir = rightToLeft.includes(shown) ? 'rtl' : 'ltr'
  for (const listener of listeners) listener()
}
