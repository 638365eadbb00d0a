import type { AIMessage, BaseMessage } from '@langchain/core/messages'
import { estimateTokens, type Tokens } from '#lib/money.ts'
import type { Streamed } from './fallback.ts'
import { type createUsageMeter, estimatePromptTokens } from './usage.ts'

/** A call of a model that is paid for in advance. */
export type PaidCall = {
  /** What the provider must be told, so that the call cannot cost more than what is set aside. */
  outputTokensMax: number
  /** Once, with what was used; null when the call failed and used nothing. */
  end(used: Tokens | null): void
}

type Payment = {
  usage: ReturnType<typeof createUsageMeter>
  system: string
  prepay(model: string, inputTokensMax: number): Promise<PaidCall>
  log: { warn(details: object, text: string): void }
}

/**
 * Pays for a call before it is made, for the most that it can cost, and notes what it used: the provider's figure, or an estimate where it
 * gave none or was cut off. A call that failed before its first token costs nothing.
 */
export async function paidCall(
  { usage, system, prepay, log }: Payment,
  model: string,
  prompt: { messages: BaseMessage[]; tokensMax: number },
  streamed: Streamed,
  call: (outputTokensMax: number) => Promise<AIMessage>,
): Promise<AIMessage> {
  const paid = await prepay(model, prompt.tokensMax)
  const end = (used: Tokens) => {
    usage.add(model, used)
    paid.end(used)
  }
  const estimate = () => ({
    inputTokens: estimatePromptTokens(system, prompt.messages),
    outputTokens: Math.min(estimateTokens(streamed.text), paid.outputTokensMax),
  })
  try {
    const message = await call(paid.outputTokensMax)
    message.usage_metadata ??= usageMetadata(estimate())
    const used = tokensOf(message)
    if (used.inputTokens > prompt.tokensMax || used.outputTokens > paid.outputTokensMax) {
      log.warn(
        { model, used, inputTokensMax: prompt.tokensMax, outputTokensMax: paid.outputTokensMax },
        'the provider billed more than it was allowed',
      )
    }
    end(used)
    return message
  } catch (error) {
    if (streamed.any) end(estimate())
    else paid.end(null)
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
