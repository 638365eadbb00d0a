import { namesSecret, secretsIn } from '#lib/secrets.ts'
import { ownWordsOf } from './own-words.ts'
import { beginsWith, hasOne, phrasesOf, spaced } from './phrases.ts'
import type { Fact } from './extract.ts'
import { ends, happenedIn, saysChange, subjectOf } from './subjects.ts'

/** Words by which a person speaks of themself or of theirs, in the languages our people write most. */
const ofOneself = phrasesOf(
  `i|i'm|i've|i'd|i'll|im|me|my|mine|myself|we|we're|we've|our|ours|us|ich|mich|mir|wir|uns|je|moi|mon|ma|mes|nous|notre|nos|yo|mi|mis|soy|tengo|vivo|trabajo|prefiero|odio|estudio|nosotros|nuestro|nuestra
  |eu|meu|minha|meus|minhas|moro|trabalho|tenho|sou|gosto|prefiro|nosso|nossa|io|mio|mia|miei|mie|abito|lavoro|preferisco|studio|noi|nostro|nostra|ik|mijn|wij|onze|ja|mój|moja|moje|mam|mieszkam|pracuję|jestem|lubię|wolę|mnie
  |мой|моя|моё|мои|я|мы|меня|мне|ben|benim|bana|bizim|biz
  |أنا|اسمي|أعمل|أسكن|أعيش|أحب|أفضل|أكره|أدرس|أملك|أعاني|لدي|لديّ|عندي|كلبي|قطتي|زوجتي|زوجي|ابنتي|ابني|أمي|والدتي|والدي|عائلتي|مدينتي|بيتي`,
)
const ofOneselfByForm = /^(?:mein|unser|j'|m'|nuestr)\p{L}*$|(?:ıyorum|iyorum|uyorum|üyorum)$/u
const ofOneselfWithoutSpaces =
  /私|僕|俺|わたし|我|저는|제가|나는|내 |मैं|मेरा|मेरी|मेरे|に住んで|が好き|が苦手|が嫌い|アレルギー|を飼って|で働いて|と申します|といいます/u
const remember =
  /^\W*(?:please\s+|could you\s+|can you\s+)?(?:remember|note|keep in mind|don't forget|do not forget|merk(?:e)? dir|denk daran|retiens|souviens-toi|recuerda|lembre-se|lembra|ricorda|onthoud|zapamiętaj|запомни|تذكر|تذكّر|تذكري|لا تنس|覚えて|记住)(?:,?\s+(?:that|dass|que|che|dat|że|что|أن|أنّ|أني))?(?![\p{L}\p{N}\p{M}])[\s:：,،、]*/iu
const asks = phrasesOf(
  `can|could|would|will|should|do|does|did|is|are|was|what|who|where|when|why|how|which|tell me|show me|give me|find|list|plan|write|explain|help me|let me|please|make|suggest|recommend|i want you to|i need you to|i'd like you to|i want to know|i need help
  |هل|كيف|ماذا|متى|أين|لماذا|اكتب|أخبرني|اشرح|ساعدني
  |kannst|könntest|wie|was|wer|wo|warum|zeig mir|gib mir|peux|pourrais|comment|quel|donne-moi|puedes|podrías|cómo|qué|dame|puoi|come|che cosa|dammi|pode|poderia|você|czy|jak|pokaż|можешь|как|покажи`,
)
/** What lasts no longer than the talk. */
const passes = phrasesOf(
  `i'm sure|i'm not sure|i'm sorry|i'm asking|i'm trying|i'm looking for|i'm looking at|i'm wondering|i'm confused|i'm stuck|i'm here|i'm back|i'm done|i'm ready|i'm curious|i'm getting|i am sure|i am not sure|i am sorry|i am asking|i am trying|i am looking for|i am looking at|i am wondering
  |i am confused|i am stuck|i am here|i am back|i am done|i am ready|i am curious|i am getting|i think|i guess|i mean|i see|i agree|i understand|i tried|i don't know|i don't understand|i don't get|i do not know|i do not understand|i was wondering|i have a question|i want to|i wanted to|i need to know|i need to ask
  |i just want|i just need|i just wanted|i would like|i hope|i thank|i appreciate|i get an error|i'd like|i'd love|thanks|thank you|me too|ich glaube|ich denke|ich meine|ich verstehe|ich weiß nicht|ich möchte wissen|je pense|je crois|je comprends|je ne sais pas|je voudrais|creo que|no sé|gracias
  |penso che|non so|grazie|acho que|não sei|obrigado|obrigada|myślę|nie wiem|dziękuję|я думаю|не знаю|спасибо`,
)
/** How a clause of a request begins that tells something of its writer: "I am vegetarian", "my daughter is four". */
const tells = phrasesOf(
  `i am|i'm|i have|i live|i work|i eat|i don't eat|i do not eat|i can't eat|we live|we have|ich bin|ich habe|ich wohne|ich arbeite|je suis|j'ai|j'habite|soy|tengo|vivo|trabajo|sono|abito|sou|tenho|moro|jestem|mam|mieszkam`,
)
const mine = phrasesOf('my|our|mein|meine|mon|ma|mi|mio|mia|meu|minha|mój|moja')
const verbs = phrasesOf(
  "is|are|has|have|was|turns|turned|died|lives|works|hates|loves|likes|prefers|cannot|can't|ist|hat|heißt|est|a|es|está|tiene|se llama|è|tem|jest|ma",
)
const joins = / (?:so|but|what|which|how|can|could|was|wie|que|qué|che)$/u

const forgets = phrasesOf(
  `forget that|forget about|please forget that|please forget about|don't remember that|do not remember that|vergiss dass|vergiss bitte dass|bitte vergiss dass|olvida que|por favor olvida que|oublie que|oublie s'il te plaît que|dimentica che|esquece que|esqueça que|zapomnij że|забудь что|vergeet dat`,
)
const forgetsWithoutSpaces = /(?:ということ|こと|の)?(?:は|を)?忘れて|忘记|잊어/u

const factCharactersMax = 400
const clauseCharactersMin = 10
const factsMax = 24
const tellingCharactersMin = 12

type Known = { id: string; text: string; subject: string }

/** What of a message its writer says themself, sentence by sentence, without secrets: what is remembered is shown to a model again and again. */
export const ownSentencesOf = (message: string): string[] =>
  sentencesOf(ownWordsOf(message)).filter((sentence) => sentence.length >= 3 && sentence.length <= factCharactersMax && !isSecret(sentence))

/**
 * The facts of a message by rules, from sentences that say something lasting of its writer: told to be remembered, in the first person and neither
 * a question nor a request, or said on the way in one; and from those that end what is known, which needs a word for it.
 */
export function factsIn(message: string, said = new Date(), known: readonly Known[] = []): Fact[] {
  const facts = new Map<string, Fact>()
  for (const source of ownSentencesOf(message)) {
    if (source.length < 6 || asksToForget(source)) continue
    const found = factsOfSentence(source)
    const ended = (text: string, subject: string) => known.filter((one) => ends(one, text, subject)).map(({ id }) => id)
    if (found.length === 0 && mayEnd(source) && ended(source, '').length > 0) found.push(source)
    for (const text of found) {
      const subject = subjectOf(text)
      const replaces = ended(text, subject)
      const about = subject || (known.find(({ id }) => replaces.includes(id))?.subject ?? '')
      facts.set(text, { text, source, subject: about, happened: happenedIn(text, said), replaces })
    }
    if (facts.size >= factsMax) break
  }
  return [...facts.values()].slice(0, factsMax)
}

/** Whether there may be something for the rules in a message: most hold nothing. */
export const mayHoldFacts = (message: string): boolean =>
  factsIn(message).length > 0 || forgetsIn(message).length > 0 || ownSentencesOf(message).some(mayEnd)

/** Whether there may be something for a model in it: anything but questions, requests and a word or two. */
export const mayTellSomething = (message: string): boolean =>
  mayHoldFacts(message) ||
  ownSentencesOf(message).some((sentence) => {
    const words = spaced(sentence)
    return !isQuestion(sentence) && !beginsWith(words, asks) && !beginsWith(words, passes) && sentence.length >= tellingCharactersMin
  })

const mayEnd = (sentence: string) => saysChange(sentence) && !isQuestion(sentence) && beginsWith(spaced(sentence), asks) === undefined

/** What a person asks to have forgotten, in their own words: "forget that I work at Acme". */
export function forgetsIn(message: string): string[] {
  return sentencesOf(ownWordsOf(message)).flatMap((sentence) => {
    if (sentence.length > factCharactersMax || isQuestion(sentence)) return []
    const words = spaced(sentence)
    const asked = beginsWith(words, forgets)
    if (asked !== undefined) return [words.slice(asked.length).trim()].filter((rest) => rest.length >= 3)
    return forgetsWithoutSpaces.test(sentence) ? [sentence.replace(forgetsWithoutSpaces, '')] : []
  })
}

function factsOfSentence(sentence: string): string[] {
  if (remember.test(sentence)) {
    const fact = sentence.replace(remember, '').trim()
    return fact.length >= 6 && !isQuestion(fact) ? [capitalised(fact)] : []
  }
  const words = spaced(sentence)
  if (isQuestion(sentence) || beginsWith(words, asks)) return clausesOf(sentence).filter(tellsOfOneself).map(asSentence)
  const isOfOneself = hasOne(words, ofOneself) || ofOneselfWithoutSpaces.test(sentence) || words.split(' ').some((word) => ofOneselfByForm.test(word))
  return isOfOneself && !beginsWith(words, passes) ? [sentence] : []
}

/** A request's parts between commas and such, and before and after "since", "because". */
const clausesOf = (sentence: string) =>
  sentence
    .split(/[,;:()–—]|\s(?:as|since|because|and|weil|da|denn|und|car|parce que|et|porque|ya que|y|perché|e|ponieważ|bo|потому что)\s/iu)
    .map((clause) => clause.trim())

function tellsOfOneself(clause: string): boolean {
  if (clause.length < clauseCharactersMin) return false
  const words = spaced(clause)
  return !beginsWith(words, passes) && (beginsWith(words, tells) !== undefined || (beginsWith(words, mine) !== undefined && hasOne(words, verbs)))
}

const asSentence = (clause: string) => `${capitalised(clause.replace(joins, '')).replace(/[.!?]$/u, '')}.`

const asksToForget = (sentence: string) => beginsWith(spaced(sentence), forgets) !== undefined || forgetsWithoutSpaces.test(sentence)
const isQuestion = (sentence: string) => /[?？؟]\s*$/u.test(sentence)
const isSecret = (sentence: string) => namesSecret(sentence) || secretsIn(sentence).length > 0

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?。！？؟])\s+|(?<=[。！？])|\n+/u)
    .map((sentence) => sentence.trim())
    .filter(Boolean)
}

const capitalised = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1)
