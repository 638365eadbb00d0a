import { namesSecret, secretsIn } from '#lib/secrets.ts'

/** Words by which a person speaks of themself or asks to be remembered, in the languages our people write most. */
const firstPerson =
  /(?:^|[^\p{L}])(?:i|i'm|i've|i'd|i'll|im|me|my|mine|myself|we|we're|our|ours|us|ich|mich|mir|mein\p{L}*|wir|unser\p{L}*|je|j'\p{L}+|moi|mon|ma|mes|nous|notre|nos|yo|mi|mis|me|nosotros|nuestr\p{L}*|eu|meu|minha|meus|minhas|nosso|nossa|io|mio|mia|miei|mie|noi|nostro|ik|mijn|wij|onze|ja|mój|moja|moje|мой|моя|моё|мои|я|мы|меня|мне|ben|benim|biz)(?=$|[^\p{L}])/iu
const firstPersonWithoutSpaces = /私|僕|俺|わたし|我|我们|我的|저는|제가|나는|내 |मैं|मेरा|मेरी|मेरे|أنا|اسمي/u
const remember =
  /^\W*(?:please\s+|could you\s+|can you\s+)?(?:remember|note|keep in mind|don't forget|do not forget|merk(?:e)? dir|denk daran|retiens|souviens-toi|recuerda|lembre-se|lembra|ricorda|onthoud|zapamiętaj|запомни|覚えて|记住)(?:\s+(?:that|dass|que|che|dat|że|что))?\b[\s:,]*/iu
const request =
  /^\W*(?:can|could|would|will|should|do|does|did|is|are|was|what|who|where|when|why|how|which|tell me|show me|give me|write|explain|help me|let me|please|i want you to|i need you to|i'd like you to|kannst|könntest|wie|was|wer|wo|peux|pourrais|comment|quel|puedes|podrías|cómo|qué|puoi|come|che cosa)(?=$|\P{L})/iu

const factCharactersMax = 400
const factsMax = 8

/**
 * The sentences of a message that say something lasting of its writer: told to be remembered, or in the first person and neither a
 * question nor a request. Secrets are left out: what is remembered is shown to a model again and again.
 */
export function factsIn(message: string): string[] {
  const facts: string[] = []
  for (const sentence of sentencesOf(message)) {
    if (sentence.length < 6 || sentence.length > factCharactersMax || isSecret(sentence)) continue
    if (remember.test(sentence)) {
      const fact = sentence.replace(remember, '').trim()
      if (fact.length >= 6 && !/[?？]\s*$/u.test(fact)) facts.push(capitalised(fact))
    } else if (!/[?？]\s*$/u.test(sentence) && !request.test(sentence) && (firstPerson.test(sentence) || firstPersonWithoutSpaces.test(sentence))) {
      facts.push(sentence)
    }
    if (facts.length === factsMax) break
  }
  return facts
}

const isSecret = (sentence: string) => namesSecret(sentence) || secretsIn(sentence).length > 0

function sentencesOf(message: string): string[] {
  const prose = message.slice(0, 20_000).replace(/```[\s\S]*?(?:```|$)/gu, '\n')
  return prose
    .split(/(?<=[.!?。！？])\s+|(?<=[。！？])|\n+/u)
    .map((sentence) => sentence.trim())
    .filter(Boolean)
}

const capitalised = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1)
