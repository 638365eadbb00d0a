import { beginsWith, hasOne, phrasesOf, spaced } from './phrases.ts'

const charactersMax = 20_000
const introductionMax = 160
const speakerMax = 30

const polite = phrasesOf(
  `please|pls|can you|could you|would you|hey|hi|bitte|kannst du|könntest du|por favor|puedes|podrías|s'il te plaît|peux-tu|pourrais-tu|per favore|puoi|pode|proszę|czy możesz|lütfen|пожалуйста|можешь`,
)
/** Work on a text, or a text to be made, which speaks in whatever voice. */
const worksOnText = phrasesOf(
  `translate|summarize|summarise|sum up|proofread|correct|rewrite|rephrase|paraphrase|shorten|improve|edit|analyze|analyse|classify|extract|explain|format|convert|check|review|reply to|respond to|answer this|write|draft|compose|generate|create|continue|finish|complete
  |übersetze|übersetz|fasse|fass|korrigiere|korrigier|verbessere|verbesser|schreibe|schreib|formuliere|formulier|erkläre|traduce|traduzca|resume|corrige|escribe|redacta|mejora|traduis|traduisez|résume|écris|rédige|reformule
  |traduci|riassumi|correggi|scrivi|traduza|traduz|resuma|corrija|escreva|przetłumacz|streść|popraw|napisz|переведи|исправь|напиши|перескажи|çevir|özetle|düzelt|vertaal|vat samen|verbeter|schrijf`,
)
const worksOnTextWithoutSpaces = /翻訳し|要約し|添削し|書いて|翻译|翻譯|总结|改写|润色|写一|번역해|요약해|고쳐/u
/** A part that is played, or a case that is put. */
const plays = phrasesOf(
  `pretend|imagine|suppose|role-play|roleplay|act as if|let's say|let us say|what if|as if i|if i were|if i was|hypothetically|in my novel|in the novel|in my story|in the story|in this story|in my game|in my script|in my book|in my poem|in the song|my character|the narrator|the protagonist
  |stell dir vor|angenommen|tu so|in meinem roman|imagina|supón|finge|imaginons|fais comme si|immagina|supponi|suponha|wyobraź sobie|załóżmy|udawaj|представь|допустим|varsayalım|farz et|stel je voor`,
)
const othersTexts = phrasesOf(
  `email|e-mail|mail|letter|text|transcript|interview|article|message|note|review|story|poem|brief|nachricht|artikel|correo|carta|artículo|courriel|lettre|lettera|articolo|wiadomość|list|письмо|статья|tweet|post|chat|log
  |wrote|said|says|asked|writes|schrieb|sagte|sagt|dice|dijo|escribió|écrit|dit|scrive|ha detto|napisał|napisała|написал|написала|сказал|сказала`,
)
const mailHead = /^\s*(?:from|to|subject|sent|von|an|betreff|gesendet|para|asunto|objet|oggetto|temat|тема)\s*:/iu
const openNotes = new Set(['remember', 'note', 'fact', 'ps', 'p.s', 'btw', 'fyi', 'info', 'merke', 'recuerda', 'ricorda'])

/**
 * What of a message its writer says themself: not code, not what is quoted, not what was pasted as a mail, a talk or a table, and nothing of a text
 * that is to be worked on ("Translate: …") or of a part that is played ("Pretend that I am …").
 */
export function ownWordsOf(message: string): string {
  const text = message.slice(0, charactersMax).replace(/```[\s\S]*?(?:```|$)/gu, '\n')
  const kept: string[] = []
  for (const line of text.split('\n')) {
    const words = spaced(line.slice(0, 1000))
    if (/^\s*(?:>|\|)/u.test(line) || isSpoken(line) || hasOne(words, plays)) continue
    if (isTextOfOthers(line, words)) break
    if (isWorkOnText(words) || worksOnTextWithoutSpaces.test(line)) {
      // After a colon, or on the next lines, comes the text.
      if (kept.length === 0 || /[:：]/u.test(line)) break
      continue
    }
    kept.push(withoutQuotes(line))
  }
  return kept.join('\n')
}

const quotes = ['""', '“”', '„“', '„”', '«»', '「」', '『』'].map((pair) => [pair[0]!, pair[1]!] as const)

function withoutQuotes(line: string): string {
  let rest = line
  for (const [open, close] of quotes) {
    let kept = ''
    let from = 0
    for (let start = rest.indexOf(open); start >= 0; start = rest.indexOf(open, from)) {
      const end = rest.indexOf(close, start + 1)
      if (end < 0) break
      kept += `${rest.slice(from, start)} `
      from = end + 1
    }
    rest = kept + rest.slice(from)
  }
  return rest
}

function isWorkOnText(line: string): boolean {
  let words = line
  for (let before = beginsWith(words, polite); before !== undefined; before = beginsWith(words, polite)) words = words.slice(before.length - 1)
  return beginsWith(words, worksOnText) !== undefined
}

/** "Here is the mail", "My mother wrote: …", the head of a mail, and the line above a forwarded one. */
function isTextOfOthers(line: string, words: string): boolean {
  if (mailHead.test(line) || line.trimStart().startsWith('---')) return true
  const colon = line.search(/[:：]/u)
  if (colon >= 0 && colon < introductionMax) return hasOne(spaced(line.slice(0, colon)), othersTexts)
  return (
    line.length < introductionMax && /^ (?:here|below|this is|see|hier ist|aquí está|voici|ecco|oto|вот) /u.test(words) && hasOne(words, othersTexts)
  )
}

/** "Anna: I …" and "Q: …": somebody speaks in a script. */
function isSpoken(line: string): boolean {
  const colon = line.search(/[:：]/u)
  if (colon < 1 || colon > speakerMax) return false
  const name = line
    .slice(0, colon)
    .replace(/^[\s\d:[\]]+/u, '')
    .trim()
  const parts = name.split(' ')
  return parts.length <= 2 && !openNotes.has(name.toLowerCase()) && parts.every((part) => /^\p{Lu}/u.test(part)) && !/^remember/iu.test(name)
}
