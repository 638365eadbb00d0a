export type Price = { inputMicroUsdPerMillion: number; outputMicroUsdPerMillion: number }
export type Tokens = { inputTokens: number; outputTokens: number }

/** What these tokens cost, in whole micro-US-dollars, rounded up: a price list is never undercharged. */
export function costMicroUsd(tokens: Tokens, price: Price): number {
  return Math.ceil((tokens.inputTokens * price.inputMicroUsdPerMillion + tokens.outputTokens * price.outputMicroUsdPerMillion) / 1_000_000)
}

/** What several charges come to. */
export function totalOf(charges: readonly (Tokens & { costMicroUsd: number })[]): Tokens & { costMicroUsd: number } {
  const total = { inputTokens: 0, outputTokens: 0, costMicroUsd: 0 }
  for (const { inputTokens, outputTokens, costMicroUsd } of charges) {
    total.inputTokens += inputTokens
    total.outputTokens += outputTokens
    total.costMicroUsd += costMicroUsd
  }
  return total
}

/** A billing cycle is a calendar month in UTC. */
export function billingCycle(at: Date): { startsAt: Date; endsAt: Date } {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  return { startsAt: new Date(Date.UTC(year, month, 1)), endsAt: new Date(Date.UTC(year, month + 1, 1)) }
}

/** About four characters a token, OpenAI's rule of thumb for English; used where no provider has counted. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4)
