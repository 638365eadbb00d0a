import type { ModelTier } from '@jarvis/contracts/plans.ts'

/** What a maker publishes of a model: US dollars for a million tokens. `read` and `written` are of its cache. */
type Row = {
  names: RegExp
  tier: ModelTier
  contextTokens: number
  outputTokensMax: number
  input: number
  output: number
  read: number
  written?: number
}

/** https://platform.claude.com/docs/en/about-claude/pricing, as it was in October 2026; the cache for five minutes. */
const anthropic: Row[] = [
  {
    names: /^claude-fable-5-1/,
    tier: 'frontier',
    contextTokens: 1_000_000,
    outputTokensMax: 128_000,
    input: 10,
    output: 50,
    read: 0.25,
    written: 12.5,
  },
  { names: /^claude-fable-5/, tier: 'frontier', contextTokens: 1_000_000, outputTokensMax: 128_000, input: 10, output: 50, read: 1, written: 12.5 },
  { names: /^claude-opus-5-5/, tier: 'frontier', contextTokens: 1_000_000, outputTokensMax: 128_000, input: 4, output: 20, read: 0.2, written: 5 },
  {
    names: /^claude-opus-(?:5|4-[6-8])/,
    tier: 'frontier',
    contextTokens: 1_000_000,
    outputTokensMax: 128_000,
    input: 5,
    output: 25,
    read: 0.5,
    written: 6.25,
  },
  { names: /^claude-opus-4-5/, tier: 'frontier', contextTokens: 200_000, outputTokensMax: 64_000, input: 5, output: 25, read: 0.5, written: 6.25 },
  { names: /^claude-opus-4/, tier: 'frontier', contextTokens: 200_000, outputTokensMax: 32_000, input: 15, output: 75, read: 1.5, written: 18.75 },
  { names: /^claude-sonnet-5-5/, tier: 'premium', contextTokens: 1_000_000, outputTokensMax: 128_000, input: 2, output: 10, read: 0.1, written: 2.5 },
  { names: /^claude-sonnet-5/, tier: 'premium', contextTokens: 1_000_000, outputTokensMax: 128_000, input: 2, output: 10, read: 0.2, written: 2.5 },
  { names: /^claude-sonnet-4/, tier: 'premium', contextTokens: 200_000, outputTokensMax: 64_000, input: 3, output: 15, read: 0.3, written: 3.75 },
  // A prompt over 100,000 tokens costs five times as much: longer ones are not sent.
  {
    names: /^claude-haiku-5-5/,
    tier: 'economy',
    contextTokens: 100_000,
    outputTokensMax: 64_000,
    input: 0.1,
    output: 0.5,
    read: 0.01,
    written: 0.125,
  },
  { names: /^claude-haiku-4-5/, tier: 'economy', contextTokens: 200_000, outputTokensMax: 64_000, input: 1, output: 5, read: 0.1, written: 1.25 },
  { names: /^claude-3-5-haiku/, tier: 'economy', contextTokens: 200_000, outputTokensMax: 8192, input: 0.8, output: 4, read: 0.08, written: 1 },
]

/** https://ai.google.dev/gemini-api/docs/pricing, as it was in July 2026. Prompts over 200,000 tokens cost more with the Pro models: they are not sent. */
const google: Row[] = [
  { names: /^gemini-3(?:\.1)?-pro-preview/, tier: 'premium', contextTokens: 200_000, outputTokensMax: 65_536, input: 2, output: 12, read: 0.2 },
  { names: /^gemini-3-flash-preview/, tier: 'economy', contextTokens: 1_048_576, outputTokensMax: 65_536, input: 0.5, output: 3, read: 0.05 },
  { names: /^gemini-2\.5-pro(?:$|-\d)/, tier: 'premium', contextTokens: 200_000, outputTokensMax: 65_536, input: 1.25, output: 10, read: 0.125 },
  {
    names: /^gemini-2\.5-flash-lite(?:$|-\d)/,
    tier: 'economy',
    contextTokens: 1_048_576,
    outputTokensMax: 65_536,
    input: 0.1,
    output: 0.4,
    read: 0.01,
  },
  { names: /^gemini-2\.5-flash(?:$|-\d)/, tier: 'economy', contextTokens: 1_048_576, outputTokensMax: 65_536, input: 0.3, output: 2.5, read: 0.03 },
]

const microUsd = (dollars: number) => Math.round(dollars * 1_000_000)

/** Limits and prices of a model of Anthropic or Google; undefined for one that has no row yet. */
export function publishedOf(maker: 'anthropic' | 'google', model: string) {
  const row = (maker === 'anthropic' ? anthropic : google).find(({ names }) => names.test(model.replace(/^models\//, '')))
  if (!row) return undefined
  const { tier, contextTokens, outputTokensMax, input, output, read, written } = row
  return {
    tier,
    contextTokens,
    outputTokensMax,
    inputMicroUsdPerMillion: microUsd(input),
    outputMicroUsdPerMillion: microUsd(output),
    prices: { cachedInputMicroUsdPerMillion: microUsd(read), ...(written !== undefined && { cacheWriteMicroUsdPerMillion: microUsd(written) }) },
  }
}
