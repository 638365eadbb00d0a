/** A kind without a price of its own costs what the rest of its direction costs. */
export type Price = {
  inputMicroUsdPerMillion: number
  outputMicroUsdPerMillion: number
  cachedInputMicroUsdPerMillion?: number | undefined
  cacheWriteMicroUsdPerMillion?: number | undefined
  reasoningMicroUsdPerMillion?: number | undefined
}
/** Cached input and what is written to the cache are input, reasoning is output. */
export type Tokens = {
  inputTokens: number
  outputTokens: number
  cachedInputTokens?: number | undefined
  cacheWriteTokens?: number | undefined
  reasoningTokens?: number | undefined
}

/** Whom a charge is booked on. `scopes` are the budgets that it counts in, the narrowest first; absent, the payer's own. The installation's always comes last and is not named. `keyId` is the scope of the API key that was used. */
export type Payer = { kind: 'person' | 'organisation'; id: string; scopes?: readonly string[]; keyId?: string }

/** Whom calls of a model are booked on, who had them made, and what for; `attempt` tells a run that goes on from one that broke off. */
export type Bill = { payer: Payer; actorId: string; runId?: string; attempt?: number; messageId?: string; conversationId?: string }

/** The bill of a person who pays for themself. */
export function billOf({ userId, keyId, ...work }: { userId: string; keyId?: string | null } & Omit<Bill, 'payer' | 'actorId'>): Bill {
  return { payer: personPayer(userId, keyId), actorId: userId, ...work }
}

/** A person, and the budget of the key that they used. */
export const personPayer = (id: string, keyId?: string | null): Payer =>
  keyId ? { kind: 'person', id, scopes: [keyId, id], keyId } : { kind: 'person', id }

/** What these tokens cost, in whole micro-US-dollars, rounded up: a price list is never undercharged. */
export function costMicroUsd(tokens: Tokens, price: Price): number {
  const { inputTokens, outputTokens } = tokens
  const { inputMicroUsdPerMillion: input, outputMicroUsdPerMillion: output } = price
  const read = Math.min(tokens.cachedInputTokens ?? 0, inputTokens)
  const written = Math.min(tokens.cacheWriteTokens ?? 0, inputTokens - read)
  const thought = Math.min(tokens.reasoningTokens ?? 0, outputTokens)
  const inputCost =
    (inputTokens - read - written) * input +
    read * (price.cachedInputMicroUsdPerMillion ?? input) +
    written * (price.cacheWriteMicroUsdPerMillion ?? input)
  return Math.ceil((inputCost + (outputTokens - thought) * output + thought * (price.reasoningMicroUsdPerMillion ?? output)) / 1_000_000)
}

/** The most that each direction can cost: what is set aside for a call whose kinds of tokens nobody knows yet. */
export function dearest(price: Price): Price {
  return {
    inputMicroUsdPerMillion: Math.max(
      price.inputMicroUsdPerMillion,
      price.cachedInputMicroUsdPerMillion ?? 0,
      price.cacheWriteMicroUsdPerMillion ?? 0,
    ),
    outputMicroUsdPerMillion: Math.max(price.outputMicroUsdPerMillion, price.reasoningMicroUsdPerMillion ?? 0),
  }
}

/** Only what counts tokens of whatever carries them. */
export function tokensOf({ inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens }: Tokens): Tokens {
  return {
    inputTokens,
    outputTokens,
    ...(cachedInputTokens && { cachedInputTokens }),
    ...(cacheWriteTokens && { cacheWriteTokens }),
    ...(reasoningTokens && { reasoningTokens }),
  }
}

/** Longer than any answer: what is nearly free must not be counted in numbers that have no neighbours. */
const answerTokensMax = 1_000_000_000

/** How many tokens of an answer this much money is enough for after the prompt: never one whose cost is above it. */
export function outputTokensFor(microUsd: number, inputTokens: number, price: Price): number {
  const cost = (outputTokens: number) => costMicroUsd({ inputTokens, outputTokens }, price)
  if (cost(0) > microUsd) return 0
  if (price.outputMicroUsdPerMillion === 0) return answerTokensMax
  const left = microUsd * 1_000_000 - inputTokens * price.inputMicroUsdPerMillion
  let tokens = Math.max(0, Math.min(answerTokensMax, Math.floor(left / price.outputMicroUsdPerMillion)))
  // Binary fractions may have been rounded up.
  while (tokens > 0 && cost(tokens) > microUsd) tokens--
  return tokens
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

/** What a prompt is taken to have, of which only a bound is known: a bound counts a token for each byte, and about four make one. */
export const tokensOfBound = (inputTokensMax: number): number => Math.ceil(inputTokensMax / 4)

/** About four characters a token, OpenAI's rule of thumb for English; used where no provider has counted, never as a bound. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4)
