/** Codes of ISO 639-1; `other` where neither letters nor words say it. */
export type Language = string

const readMax = 1000

/** From which code point to which a script goes, and the language that is most written in it. */
const scripts: [from: number, to: number, language: Language][] = [
  [0x3040, 0x30ff, 'ja'],
  [0xac00, 0xd7af, 'ko'],
  [0x0400, 0x04ff, 'ru'],
  [0x0370, 0x03ff, 'el'],
  [0x0590, 0x05ff, 'he'],
  [0x0600, 0x06ff, 'ar'],
  [0x0900, 0x097f, 'hi'],
  [0x0e00, 0x0e7f, 'th'],
  [0x4e00, 0x9fff, 'zh'],
]

const commonWords: Record<Language, string> = {
  en: 'the a an is are was what how why when who of to and you my in for with this that please can do it on i me write give',
  de: 'der die das ist und wie was ich ein eine nicht mit für auf bitte den dem mir von zu wann warum schreibe erkläre',
  fr: 'le la les est et comment que je un une pas avec pour des du dans quel quelle pourquoi moi écris explique vous',
  es: 'el la los es y cómo qué que un una no con para por del en mi cuál cuándo escribe explica una las',
  it: 'il lo la è e come che un una non con per di del nel mi quale quando perché scrivi spiega gli',
  pt: 'o os é e como que um uma não com para por do da no na qual quando escreva explique meu minha',
  nl: 'de het een is en hoe wat ik niet met voor op van mijn wanneer waarom schrijf geef dit je',
  pl: 'jest i jak co nie z na do się to czy dla mi kiedy dlaczego napisz w o jaki',
  tr: 'bir ve nasıl ne bu için ile mi mı nedir neden değil yaz bana da de',
  sv: 'och är hur vad jag en ett inte med för på som det min när varför skriv',
}
const languagesOf = new Map<string, Language[]>()
for (const [language, words] of Object.entries(commonWords))
  for (const word of words.split(' ')) languagesOf.set(word, [...(languagesOf.get(word) ?? []), language])

/** The language that most of a text's beginning is in. Japanese is written with Chinese signs too, so that its own letters count more. */
export function languageOf(text: string): Language {
  const read = text.slice(0, readMax)
  const counts = new Map<Language, number>()
  const add = (language: Language, count: number) => counts.set(language, (counts.get(language) ?? 0) + count)
  for (const character of read) {
    const code = character.codePointAt(0)!
    if (code < 0x0370) continue
    const script = scripts.find(([from, to]) => code >= from && code <= to)
    if (script) add(script[2], script[2] === 'ja' ? 4 : 1)
  }
  for (const [word] of read.toLowerCase().matchAll(/\p{L}+/gu)) {
    const languages = languagesOf.get(word) ?? []
    for (const language of languages) add(language, 2 / languages.length)
  }
  const [best] = [...counts].toSorted(([, a], [, b]) => b - a)
  return best?.[0] ?? 'other'
}
