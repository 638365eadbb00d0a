export type Word = { text: string; start: number; end: number; kind: 'word' | 'unspaced' | 'break' | 'end' | 'option' }

const unspaced = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\u30fc'
const pattern = new RegExp(
  `([${unspaced}]+)|([.!?]+(?![\\p{L}\\p{N}])|[。！？।؟]+|\\n\\s*\\n)|(\\n)|(--[a-z][a-z\\-]*)|[[\\p{L}\\p{M}\\p{N}]--[${unspaced}]]+(?:'(?:t|s|re|ve|ll|m|d)(?![\\p{L}\\p{N}]))?`,
  'gv',
)

/** Words, options of a command (`--ignore-all` orders nobody), runs of letters in scripts without spaces, line breaks and sentence ends of a folded text, in one pass. */
export function splitWords(text: string): Word[] {
  const words: Word[] = []
  for (const match of text.matchAll(pattern)) {
    const start = match.index
    const found = match[0]
    const kind = match[1] ? 'unspaced' : match[2] ? 'end' : match[3] ? 'break' : match[4] ? 'option' : 'word'
    words.push({ text: kind === 'word' && found.includes("'") ? found.replace("'", '') : found, start, end: start + found.length, kind })
  }
  return words
}
