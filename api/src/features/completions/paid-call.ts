import type { Spending } from '#features/billing/index.ts'
import { type Tokens, tokensOf } from '#lib/money.ts'
import type { ModelAnswer, ModelRequest, ModelSink, ModelUsage } from '#ports/models/index.ts'
import { promptTokensMax } from '#ports/models/prompt-bound.ts'
import { wasLost } from '#ports/models/provider-error.ts'
import type { Streamed } from './fallback.ts'

/** `outputTokensMax` is what the answer may have at most, where that is less than the model's. */
export type Prompt = Pick<ModelRequest, 'messages' | 'tools' | 'effort' | 'wishes' | 'outputTokensMax' | 'sink'>
export type Used = Tokens & { isEstimate: boolean }
type Payment = {
  prepay: Spending['prepay']
  /** What each call used, the broken off included, as it is charged. */
  onUsed(model: string, used: Used): void
  log: { warn(details: object, text: string): void }
  signal: AbortSignal
}

/**
 * Pays for a call before it is made, for the most that it can cost, and notes what it used: the provider's figure, or an estimate where it
 * gave none or was cut off. A call that was never sent, or that the provider refused, costs nothing.
 */
export async function paidCall(
  { prepay, onUsed, log, signal }: Payment,
  model: string,
  prompt: Prompt,
  streamed: Streamed,
  call: (request: Prompt & { outputTokensMax: number }) => Promise<ModelAnswer>,
): Promise<{ answer: ModelAnswer; used: Used }> {
  const inputTokensMax = promptTokensMax(prompt.messages, prompt.tools, prompt.wishes)
  using paid = await prepay(model, inputTokensMax, prompt.outputTokensMax)
  // Stopped meanwhile: nothing was sent.
  signal.throwIfAborted()
  const { outputTokensMax } = paid
  const settle = (used: Used) => {
    onUsed(model, used)
    paid.settle(used)
    return used
  }
  try {
    const answer = await call({ ...prompt, sink: watched(prompt.sink, streamed), outputTokensMax })
    const { usage } = answer
    if (!usage || !isBelievable(usage, streamed)) {
      if (usage) log.warn({ model, usage, inputTokensMax, outputTokensMax }, 'the provider’s count cannot be true: the call stands as an estimate')
      return { answer, used: settle(paid.estimate(streamed.text)) }
    }
    if (usage.inputTokens > inputTokensMax || usage.outputTokens > outputTokensMax) {
      log.warn({ model, usage, inputTokensMax, outputTokensMax }, 'the provider billed more than it was allowed')
    }
    return { answer, used: settle({ ...tokensOf(usage), isEstimate: false }) }
  } catch (error) {
    if (streamed.any || wasLost(error, signal)) settle(paid.estimate(streamed.text))
    throw error
  }
}

/** A count of nothing, or of more than any model reads and writes, is no count. */
const isBelievable = ({ inputTokens, outputTokens }: ModelUsage, streamed: Streamed): boolean =>
  inputTokens > 0 && (outputTokens > 0 || !streamed.any) && inputTokens + outputTokens < believableTokensMax

const believableTokensMax = 10_000_000

/** Notes what passes through the sink during one attempt. */
function watched(sink: ModelSink | undefined, streamed: Streamed): ModelSink {
  return {
    reasoning(delta) {
      streamed.any = true
      streamed.text += delta
      sink?.reasoning(delta)
    },
    text(delta) {
      streamed.any = true
      streamed.text += delta
      sink?.text(delta)
    },
    toolCallStart(id, name) {
      streamed.any = true
      sink?.toolCallStart(id, name)
    },
    toolCallArgs(id, delta) {
      streamed.text += delta
      sink?.toolCallArgs(id, delta)
    },
  }
}
