export const tokenText = ' word'

let asked = 0

/** A question that tells the provider how to answer it, and that nobody has asked before: what is remembered of others does not help. */
export const question = (tokens: number, perSecond: number) =>
  `${++asked}. Write about the rivers of Europe in ${tokens} words at ${perSecond} words a second.`

export function answerOf(text: string): { tokens: number; perSecond: number } {
  const [, tokens, perSecond] = /in (\d+) words at (\d+) words/.exec(text)!
  return { tokens: Number(tokens), perSecond: Number(perSecond) }
}
