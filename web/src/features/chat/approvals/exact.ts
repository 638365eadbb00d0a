// What Unicode itself says is not to be seen, every blank but the common one, and the Braille pattern without dots.
const unseen = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu

/** Letters of other scripts in a word that has Latin ones, and words of such letters alone that read as Latin. */
const word = /[\p{L}\p{M}\p{N}]+/gu
const latin = /\p{Script=Latin}/u
const foreign = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/gu
const readsAsLatin = /^[аеорсухіјѕһԁԛԝѵӏАВЕЗКМНОРСТХУІЈЅԌԚԜοικνρυαωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]{3,}$/u
/** Forms of plain letters and digits, such as wide and bold ones, and signs that pass for those of an address. */
const dressedUp = /[^\0-\x7F²³¹⁰-₟]/gu
const signs = /[\u02D0\u02D7\u2010\u2011\u2024\u2044\u2212\u2215\u2236\u29F8\uA789\uFF0E\uFF0F]/u

/** Text as it is, with every character written out that one could not see or would take for another: what is approved must be what was read. */
export const visible = (text: string) =>
  text
    .replaceAll(word, (found) => (latin.test(found) || readsAsLatin.test(found) ? found.replaceAll(foreign, written) : found))
    .replaceAll(dressedUp, (character) =>
      signs.test(character) || /^[A-Za-z0-9]$/.test(character.normalize('NFKC')) ? written(character) : character,
    )
    .replaceAll(unseen, (character) => (character === '\n' || character === '\t' ? character : written(character)))

const written = (character: string) => `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`

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
