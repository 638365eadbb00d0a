export const tokenText = ' word'

/** A question that tells the provider how to answer it. */
export const question = (tokens: number, perSecond: number) => `Write about the rivers of Europe in ${tokens} words at ${perSecond} words a second.`

export function answerOf(text: string): { tokens: number; perSecond: number } {
  const [, tokens, perSecond] = /in (\d+) words at (\d+) words/.exec(text)!
  return { tokens: Number(tokens), perSecond: Number(perSecond) }
}
