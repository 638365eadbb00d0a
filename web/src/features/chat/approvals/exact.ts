const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/gu

/** Text as it is, with every character that one could not see written out: what is approved must be what was read. */
export const visible = (text: string) =>
  text.replaceAll(unseen, (character) =>
    character === '\n' || character === '\t' ? character : `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )

/** Arguments laid out to be read, as long as that changes nothing but blanks; else their own text. */
export function laidOut(args: string): string {
  try {
    const value: unknown = JSON.parse(args)
    return JSON.stringify(value) === args ? JSON.stringify(value, null, 2) : args
  } catch {
    return args
  }
}

/** Why a text cannot be the arguments of a tool; null when it can. */
export function faultOf(args: string): string | null {
  try {
    const value: unknown = JSON.parse(args)
    return value && typeof value === 'object' && !Array.isArray(value) ? null : 'Arguments are a JSON object: { "name": value }.'
  } catch (error) {
    return `This is not valid JSON: ${(error as Error).message}`
  }
}
