import { difficulty } from '#features/router/need/need-features.ts'

export const tasks = ['small talk', 'translation', 'summary', 'writing', 'code', 'mathematics', 'current facts', 'reasoning', 'question'] as const
export type Task = (typeof tasks)[number]

const readMax = 4000
/** What is wanted stands at the beginning or at the end; between them may be a text that it is wanted of. */
const wordsRead = { first: 25, last: 15 }
const endCharacters = 300
/** Above what is usual, in spreads. */
const marked = 0.9

/** How words begin that say what is wanted, in a dozen languages. */
const beginnings: Partial<Record<Task, string>> = {
  translation: 'translat übersetz traduc tradui tradu vertaal vertal przetłumacz çevir översätt перевед перевод ترجم अनुवाद',
  summary: 'summar tldr zusammenfass fasse résum resum riassum samenvat streszcz özetle sammanfatta кратко резюм لخص सारांश',
  writing:
    'poem story essay letter email mail draft rewrite gedicht geschichte brief aufsatz poème histoire lettre rédige poema cuento carta redacta poesia lettera racconto verhaal wiersz şiir письмо стих рассказ',
  code: 'python javascript typescript java rust sql regex code bug compil refactor programmier kod код',
  'current facts':
    'weather news today latest headline forecast wetter nachrichten heute aktuell météo actualité aujourd clima noticias hoy meteo notizie oggi notícias hoje weer nieuws vandaag pogoda dzisiaj hava bugün погода новост сегодня',
}
/** The same where words are not set apart. */
const signs: Partial<Record<Task, string>> = {
  translation: '翻訳 翻译 翻譯 번역 แปล',
  summary: '要約 总结 總結 摘要 요약 สรุป',
  writing: '詩 手紙 物語 诗 信 故事 시를 편지',
  code: 'コード 代码 코드 โค้ด',
  'current facts': '天気 ニュース 今日 天气 新闻 今天 날씨 뉴스 오늘',
}
const greetings = new Set(
  'hello hi hey thanks thank cheers goodbye bye hallo danke tschüss bonjour salut merci hola gracias ciao grazie olá obrigado hoi dank cześć dzięki merhaba teşekkürler hej tack привет спасибо こんにちは ありがとう 你好 谢谢 안녕하세요 감사합니다'.split(
    ' ',
  ),
)
const greetingWordsMax = 5

const inOrder = Object.entries(beginnings).map(([task, words]) => ({
  task: task as Task,
  beginnings: words.split(' '),
  signs: signs[task as Task]!.split(' '),
}))

/** What a question wants done. Numbers and signs speak before words that only may. */
export function taskOf(prompt: string): Task {
  const text = prompt.slice(0, readMax)
  if (text.includes('```')) return 'code'
  const read = text.length <= 2 * endCharacters ? text : `${text.slice(0, endCharacters)} ${text.slice(-endCharacters)}`
  const all = Array.from(read.toLowerCase().matchAll(/\p{L}+/gu), ([word]) => word)
  const words = all.length <= wordsRead.first + wordsRead.last ? all : [...all.slice(0, wordsRead.first), ...all.slice(-wordsRead.last)]
  if (words.length <= greetingWordsMax && words.some((word) => greetings.has(word))) return 'small talk'
  for (const { task, beginnings, signs } of inOrder)
    if (words.some((word) => beginnings.some((beginning) => word.startsWith(beginning))) || signs.some((sign) => text.includes(sign))) return task
  const { reasons, calculates } = difficulty(text)
  if (calculates > marked) return 'mathematics'
  return reasons > marked ? 'reasoning' : 'question'
}
