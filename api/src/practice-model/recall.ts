const stopWords = new Set(
  (
    'a about am an and any are as at be been but by can could did do does for from had has have he her his how i if in is it its me my mine of on or our ' +
    'please remember remind s she should so tell that the their them there they this to was we were what when where which who whose why will with would you your know knows told said'
  ).split(' '),
)
const question = /\?\s*$|^\W*(?:what|who|where|when|which|how|do|did|does|is|are|am|was|can you|could you|tell me|remind me)\b/i
const firstPerson = /\b(?:i|me|my|mine|i'm|we|our|us)\b/i
const everything = /\bwhat (?:do|did|can) you (?:remember|know|recall) (?:about|of) me\b|\bwhat have i told you\b/i

/** Answers a question from what is remembered, else from what was said earlier in this conversation. 'personal' wants it to be about the asker. */
export function recall(text: string, memories: string[], said: string[], which: 'personal' | 'any'): string | undefined {
  if (everything.test(text) && memories.length > 0) return `This is what I remember of you:\n\n${memories.map((memory) => `- ${memory}`).join('\n')}`
  if (!question.test(text) || (which === 'personal' && !firstPerson.test(text))) return undefined
  const asked = /\bwho am i\b/i.test(text) ? new Set(['name']) : wordsOf(text)
  const memory = nearest(asked, memories)
  if (memory) return `You told me: ${sentence(memory)}`
  const statement = nearest(
    asked,
    said.flatMap((message) => message.split(/(?<=[.!?])\s+|\n+/)).filter((part) => part !== '' && !question.test(part)),
  )
  return statement && `Earlier in this conversation you said: ${sentence(statement)}`
}

/** Thanks for a fact, whether or not it was asked to be remembered. */
export function acknowledge(text: string): string | undefined {
  if (question.test(text)) return undefined
  const told = /^\W*(?:please\s+)?(?:remember|note|keep in mind|don't forget)(?:\s+that)?[\s:,]+([\s\S]+)/i.exec(text)?.[1]
  const fact =
    told ?? (/^\W*(?:my \w|i am |i'm |i (?:like|love|hate|live|work|prefer|have|was|use|speak)\b|call me |we are )/i.test(text) ? text : undefined)
  return fact && `Noted: "${sentence(fact)}" Jarvis keeps what you tell it about yourself and passes it on to me when you ask.`
}

function nearest(asked: Set<string>, texts: string[]): string | undefined {
  let best: { text: string; shared: number } | undefined
  for (const text of texts) {
    const shared = [...wordsOf(text)].filter((word) => asked.has(word)).length
    if (shared > (best?.shared ?? 0)) best = { text, shared }
  }
  return best?.text
}

/** Content words with their commonest endings off, so that "live" finds "lives" and "colour" finds "color". */
function wordsOf(text: string): Set<string> {
  const words =
    text
      .toLowerCase()
      .replace(/['’]s\b/g, '')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(
    words.filter((word) => !stopWords.has(word)).map((word) => word.replace(/our$/, 'or').replace(/(?<=\p{L}{3})(?:ing|ed|es|s|e)$/u, '')),
  )
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`.trim().replace(/[^.!?]$/u, '$&.')
