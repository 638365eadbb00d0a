import { type Days, datesIn } from './recall/dates.ts'
import { beginsWith, hasOne, phrasesOf, spaced } from './phrases.ts'

/** What a person has one of at a time, by how they say it. */
const single: [string, string[]][] = [
  [
    'name',
    phrasesOf(
      `my name is|call me|i am called|i'm called|ich heiße|mein name ist|me llamo|mi nombre es|je m'appelle|mon nom est|mi chiamo|me chamo|meu nome é|nazywam się|mam na imię|меня зовут|ik heet|mijn naam is|benim adım`,
    ),
  ],
  [
    'home',
    phrasesOf(
      `i live|i'm living|we live|i moved|we moved|i've moved|we've moved|i have moved|i just moved|ich wohne|wir wohnen|ich lebe in|ich bin umgezogen|ich bin nach|vivo en|vivimos en|me mudé|nos mudamos|j'habite|nous habitons|j'ai déménagé|abito a|abito in|abitiamo|mi sono trasferito|mi sono trasferita|moro em|mudei|mieszkam|mieszkamy|przeprowadziłem|przeprowadziłam|я живу|мы живём|я переехал|я переехала|ik woon|ik ben verhuisd`,
    ),
  ],
  [
    'job',
    phrasesOf(
      `i work|i'm working|i quit my job|i left my job|i changed jobs|i started at|i start at|my job|my new job|ich arbeite|trabajo en|trabajo como|trabajo de|je travaille|lavoro|trabalho|pracuję|я работаю|ik werk`,
    ),
  ],
]
const homeWithoutSpaces = /に住んで|引っ越し|住在|搬到|に引っ越/u
const jobWithoutSpaces = /で働いて|転職|工作/u

const mine = phrasesOf(
  'my|our|mein|meine|unser|unsere|mon|ma|notre|mi|nuestro|nuestra|il mio|la mia|mio|mia|meu|minha|o meu|a minha|mój|moja|moje|мой|моя|mijn',
)
const linking = new Set(
  `is are was were has have had died lives works loves hates likes prefers goes plays turned ist sind war hat heißt mag wohnt arbeitet est a s'appelle es está era tiene se murió vive è si ha vive morto é tem jest ma to nazywa lubi umarł heeft woont`.split(
    ' ',
  ),
)
const subjectWordsMax = 3

/** Words that say that something is no longer, or is now otherwise. */
const changes = phrasesOf(
  `now|no longer|not anymore|anymore|any more|instead|moved|changed|switched|quit|died|dead|passed away|is gone|has gone|used to|sold|broke up|divorced|ended|finished with
  |jetzt|nun|nicht mehr|kein mehr|umgezogen|gestorben|ist tot|stattdessen|gewechselt|verkauft|ahora|ya no|murió|ha muerto|mudé|mudamos|cambié|vendí|maintenant|ne plus|est mort|est morte|déménagé|changé|vendu
  |ora|adesso|non più|è morto|è morta|trasferito|trasferita|cambiato|agora|já não|não mais|morreu|mudei|teraz|już nie|umarł|umarła|zmarł|przeprowadziłem|przeprowadziłam|zmieniłem|zmieniłam
  |теперь|сейчас|больше не|умер|умерла|переехал|переехала|nu|niet meer|overleden|verhuisd|artık|şimdi`,
)
const changesWithoutSpaces = /もう|今は|今では|亡くな|死ん|死にま|引っ越|転職|现在|不再|去世|死了|搬到|이제/u

const introduces = new Set(`called named is heißt llama appelle s'appelle chiama chama się зовут heet`.split(' '))
const isOfName = /^(?:name|nom|nombre|nome|naam|imię)$/u
const nameWithoutSpaces = /名前は(\p{L}{2,12})/u

/** What a sentence about its writer is about: a word or two in its own language, or nothing. */
export function subjectOf(sentence: string): string {
  const words = spaced(sentence)
  for (const [subject, phrases] of single) if (hasOne(words, phrases)) return subject
  if (homeWithoutSpaces.test(sentence)) return 'home'
  if (jobWithoutSpaces.test(sentence)) return 'job'
  const own = beginsWith(words, mine)
  if (own === undefined) return ''
  const rest = words.slice(own.length).trim().split(' ')
  const verb = rest.findIndex((word) => linking.has(word))
  return verb > 0 && verb <= subjectWordsMax ? rest.slice(0, verb).join(' ') : ''
}

export const saysChange = (sentence: string): boolean => hasOne(spaced(sentence), changes) || changesWithoutSpaces.test(sentence)

/** The names that a sentence gives to somebody or something: "My dog is called Biscuit". */
export function namesGiven(sentence: string): string[] {
  const words = (sentence.match(/[\p{L}\p{M}'’-]{1,40}/gu) ?? []).map((word) => word.replaceAll('’', "'"))
  const named = words.filter((word, at) => {
    const before = words[at - 1] ?? ''
    return /^\p{Lu}/u.test(word) && introduces.has(before) && (before !== 'is' || isOfName.test(words[at - 2] ?? ''))
  })
  const [, other] = nameWithoutSpaces.exec(sentence) ?? []
  return other === undefined ? named : [...named, other.replace(/(?:です|でした|だ)$/u, '')]
}

/** Whether a new sentence ends what an older one says: of the same subject, or of what the older one gave a name, and with a word for it. */
export function ends(older: { text: string; subject: string }, sentence: string, subject: string): boolean {
  if (!saysChange(sentence)) return false
  if (subject !== '' && older.subject === subject) return true
  const words = spaced(sentence)
  return namesGiven(older.text).some(
    (name) => words.includes(spaced(name)) || (/[\p{sc=Han}\p{sc=Katakana}\p{sc=Hiragana}]/u.test(name) && sentence.includes(name)),
  )
}

/** The time that a sentence speaks of, as seen from when it was said: "last May" is a month. */
export function happenedIn(sentence: string, said: Date): string | null {
  const [days] = datesIn(sentence, said)
  return days ? isoOf(days) : null
}

const dayMs = 86_400_000

function isoOf({ from, to }: Days): string {
  const [first, last] = [new Date(from).toISOString().slice(0, 10), new Date(to - dayMs).toISOString().slice(0, 10)]
  if (first === last) return first
  if (first.endsWith('-01-01') && last === `${first.slice(0, 4)}-12-31`) return first.slice(0, 4)
  const next = new Date(Date.UTC(Number(first.slice(0, 4)), Number(first.slice(5, 7)), 1)).getTime()
  return first.endsWith('-01') && to === next ? first.slice(0, 7) : `${first}/${last}`
}
