const withoutSpaces = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const runs = /[\p{L}\p{N}\p{M}]+/gu
const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })

/** English words whose forms share no stem. */
const irregular = new Map(
  `go went gone goes|buy bought|see saw seen|meet met|take took taken|get got gotten|give gave given|make made|write wrote written|tell told|say said
  think thought|feel felt|find found|leave left|lose lost|win won|begin began begun|come came|run ran|eat ate eaten|drink drank drunk|drive drove driven
  fly flew flown|grow grew grown|know knew known|speak spoke spoken|break broke broken|choose chose chosen|teach taught|bring brought|sell sold|send sent
  spend spent|build built|keep kept|sleep slept|hear heard|read|pay paid|hold held|sing sang sung|swim swam swum|wear wore worn|catch caught|fall fell fallen
  child children|person people|man men|woman women|foot feet|tooth teeth|mouse mice|life lives|wife wives|kid kids|be is are was were been am|have has had
  do did does done|draw drew drawn|ride rode ridden|rise rose risen|show shown|forget forgot forgotten|become became|hurt|quit|adopt`
    .split(/[|\n]/u)
    .flatMap((line) => {
      const [base = '', ...forms] = line.trim().split(' ')
      return forms.map((form) => [form, base] as const)
    }),
)

const suffixes = /(?:ations?|ingly|ings?|edly|ed|ies|iness|ness|ments?|ers?|ors?|ly|es|s)$/u
/** Endings of inflection in languages written most beside English; what is left must be long enough to mean something. */
const endings =
  /(?:ungen|ung|innen|in|ern|en|er|em|es|e|ciones|ción|aciones|iones|mente|ando|iendo|aba|aron|ados?|adas?|idos?|idas?|os|as|o|a|és?|ée?s?|ent|ons|ais|ait|ów|ami|ach|ego|emu|ych|ymi|lar|ler|lardan|da|de|dan|den|ım|im|um|üm|ами|ями|ого|ему|ому|ых|ая|ое|ые|ов|ам|ом|ой|ы|и|у|а|е|я|ь)$/u
const stemMin = 4

/** The words of a text, folded so that forms of one word are one, in order. Where words are not divided by spaces, pairs of characters too. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [run] of text.normalize('NFKC').toLowerCase().matchAll(runs)) {
    if (!withoutSpaces.test(run)) words.push(knownStemOf(run))
    else {
      for (const { segment } of segmenter.segment(run)) words.push(segment)
      const characters = Array.from(run)
      for (let at = 1; at < characters.length; at++) words.push(characters[at - 1]! + characters[at]!)
    }
  }
  return words
}

const stems = new Map<string, string>()
/** People use few words, again and again; what is longer than a word is not kept. */
const stemsMax = 50_000
const stemKeptMax = 40

function knownStemOf(word: string): string {
  const known = stems.get(word)
  if (known !== undefined) return known
  const stem = stemOf(word)
  if (word.length > stemKeptMax) return stem
  if (stems.size >= stemsMax) stems.clear()
  stems.set(word, stem)
  return stem
}

function stemOf(word: string): string {
  const base = irregular.get(word)
  if (base !== undefined) return base
  if (word.length < stemMin || /\d/u.test(word)) return word
  const folded = /[\p{sc=Latin}\p{sc=Greek}]/u.test(word) ? word.normalize('NFD').replace(/\p{M}+/gu, '') : word
  const isEnglish = /^[a-z]+$/u.test(word)
  const short = folded.replace(suffixes, (suffix) => (isEnglish && suffix === 'ies' ? 'y' : ''))
  if (short.length < 3) return folded
  const plain = isEnglish ? short.replace(/([bdfgklmnprt])\1$/u, '$1') : short
  const shorter = plain.length > stemMin + 1 ? plain.replace(endings, '') : plain.length > 3 ? plain.replace(/e$/u, '') : plain
  return shorter.length >= 3 ? shorter : plain
}

/** Words that a question is asked with, and that say nothing of what it is about. */
const asking = new Set(
  `what which who whom whose when where why how did do does is are was were be the a an of to in on at for with from by and or it its this that there has have had
  can could would will should i me my you your he she his her they them their we our about any some much many long often ever tell remember know please again
  wer wie wo wann warum was welche welcher welches welchen ist sind war hat habe haben der die das den dem des ein eine einen einem einer mein meine meinen meiner
  ich du mir mich und oder in im am auf mit von zu zum zur für heißt heisst
  que qué quien quién cual cuál cuando cuándo donde dónde como cómo por el la los las un una de del en con mi mis es son era fue yo me se su y o tengo
  quel quelle quels quelles qui quand où pourquoi comment est sont était le les des du dans avec mon ma mes je j ai il elle on sur au aux et ou
  che chi quando dove come perché il lo gli un uno dei delle nel con mio mia ho e sono
  quais qual onde quem meu minha eu o os da do no na com foi
  wat wie waar wanneer hoe welke het een van mijn ik heb
  co kto kiedy gdzie jak jaki jaka jest są mój moja w na z do się
  что кто когда где как какой какая мой моя я в на с у по за это
  ne kim nerede nasıl hangi benim bir ve için
  は が を に の で と も か です ます でした ました 何 どこ いつ 誰 だれ なに どの どんな 私 的 了 吗 是 什么 哪里 谁 我 在`
    .split(/\s+/u)
    .flatMap((word) => [word, ...wordsOf(word)]),
)

/** What a question is about: its words without those that it is asked with; all of them when nothing else is left. */
export function topicOf(question: string): string[] {
  const words = [...new Set(wordsOf(question))]
  const topic = words.filter((word) => !asking.has(word))
  return topic.length > 0 ? topic : words
}

/** How many of the words that a text is about another one has, in whatever form: 0 to 1. */
export function wordsShared(text: string, other: string): number {
  const topic = topicOf(text)
  const there = new Set(wordsOf(other))
  return topic.length === 0 ? 0 : topic.filter((word) => there.has(word)).length / topic.length
}

/** Parts of a word, by which a form or a typing error of it is found. */
export function gramsOf(word: string): string[] {
  const padded = `^${word}$`
  return Array.from({ length: Math.max(1, padded.length - 2) }, (_, at) => padded.slice(at, at + 3))
}
