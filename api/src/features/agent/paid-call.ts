import type { AIMessage } from '@langchain/core/messages'
import type { Tokens } from '#lib/money.ts'
import { wasLost } from '#ports/models/provider-error.ts'
import type { Streamed } from './fallback.ts'
import type { createUsageMeter } from './usage.ts'

type Used = Tokens & { isEstimate: boolean }

/** A call of a model that is paid for in advance. Unless it is settled it is given back when it is disposed of. */
export type PaidCall = Disposable & {
  /** What the provider must be told, so that the call cannot cost more than what is set aside. */
  outputTokensMax: number
  /** What it used by estimate: the prompt, and as much of the answer as came. */
  estimate(streamed: string): Used
  settle(used: Used): void
}

type Payment = {
  usage: ReturnType<typeof createUsageMeter>
  prepay(model: string, inputTokensMax: number): Promise<PaidCall>
  log: { warn(details: object, text: string): void }
}

/**
 * Pays for a call before it is made, for the most that it can cost, and notes what it used: the provider's figure, or an estimate where it
 * gave none or was cut off. A call that was never sent, or that the provider refused, costs nothing.
 */
export async function paidCall(
  { usage, prepay, log }: Payment,
  model: string,
  inputTokensMax: number,
  streamed: Streamed,
  call: (outputTokensMax: number) => Promise<AIMessage>,
): Promise<AIMessage> {
  using paid = await prepay(model, inputTokensMax)
  const { outputTokensMax } = paid
  const settle = (used: Used) => {
    usage.add(model, used)
    paid.settle(used)
  }
  try {
    const message = await call(outputTokensMax)
    const counted = tokensOf(message)
    const isCounted = counted.inputTokens + counted.outputTokens > 0
    const used = isCounted ? { ...counted, isEstimate: false } : paid.estimate(streamed.text || message.text)
    if (!isCounted) message.usage_metadata = usageMetadata(used)
    if (used.inputTokens > inputTokensMax || used.outputTokens > outputTokensMax) {
      log.warn({ model, used, inputTokensMax, outputTokensMax }, 'the provider billed more than it was allowed')
    }
    settle(used)
    return message
  } catch (error) {
    if (streamed.any || wasLost(error)) settle(paid.estimate(streamed.text))
    throw error
  }
}

const usageMetadata = ({ inputTokens, outputTokens }: Tokens) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
})

export const tokensOf = ({ usage_metadata }: AIMessage): Tokens => ({
  inputTokens: usage_metadata?.input_tokens ?? 0,
  outputTokens: usage_metadata?.output_tokens ?? 0,
})
