const letters = /[\p{L}\p{N}\p{M}'’-]+/gu

/** The words of a text in lower case, each between single spaces, so that a phrase is found by comparing text. */
export const spaced = (text: string): string => ` ${(text.toLowerCase().replaceAll('’', "'").match(letters) ?? []).join(' ')} `

/** Phrases, written one after the other with `|` between them, as `spaced` has them. */
export const phrasesOf = (list: string): string[] => list.split('|').map((phrase) => ` ${phrase.trim().replaceAll('’', "'")} `)

export const beginsWith = (words: string, phrases: readonly string[]): string | undefined => phrases.find((phrase) => words.startsWith(phrase))
export const hasOne = (words: string, phrases: readonly string[]): boolean => phrases.some((phrase) => words.includes(phrase))
