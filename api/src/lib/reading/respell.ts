/** Letters set apart ("i g n o r e"), with one or the same few separators between them. */
const spacedRun = /(?<![a-z0-9])[a-z](?:[ ._*|/-]{1,3}[a-z](?![a-z0-9]))+/g
const lettersMinUsual = 6

/** Wider gaps are word gaps, and spaces between letters that signs set apart; without any, the words run together. */
export function joinSpacedLetters(folded: string, lettersMin = lettersMinUsual): { text: string; start: number; end: number }[] {
  const runs = [...folded.matchAll(spacedRun)].filter(([run]) => lettersIn(run) >= lettersMin)
  return runs.map((match) => ({
    text: isSetApartBySigns(match[0])
      ? match[0].replace(/[._*|/-]/g, '')
      : match[0].replace(/([ ._*|/-]{2,3})|[ ._*|/-]/g, (_, gap: string | undefined) => (gap ? ' ' : '')),
    start: match.index,
    end: match.index + match[0].length,
  }))
}

const isSetApartBySigns = (run: string) => (run.match(/[._*|/-]/g)?.length ?? 0) > (run.match(/ /g)?.length ?? 0)
const lettersIn = (run: string) => run.replace(/[^a-z]/g, '').length

const leetWord = /[a-z0-9@$!]{4,24}/g
const leetLetters: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' }
const telling =
  /^(?:ignore|disregard|forget|instructions?|previous|system|prompts?|reveal|password|passwords|secret|override|jailbreak|rules|bypass|restrictions|unfiltered|pretend|admin)[i!]?$/

/** Figures and signs as the letters that they pass for. */
export const inLetters = (text: string): string => text.replace(/[013457@$!]/g, (char) => leetLetters[char]!)

/** The text with leetspeak respelled, length unchanged; undefined unless it turns at least one word into a telling one. */
export function unleet(folded: string): string | undefined {
  let isTelling = false
  const respelled = folded.replace(leetWord, (word) => {
    if (!/[0-9@$!]/.test(word) || !/[a-z]/.test(word)) return word
    const letters = inLetters(word)
    if (telling.test(letters) && !/[a-z][!]$/.test(word.replace(/[^!a-z]/g, ''))) isTelling = true
    return letters
  })
  return isTelling ? respelled : undefined
}
