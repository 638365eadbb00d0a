import type { BaseMessage } from '@langchain/core/messages'
import { estimateTokens } from '#lib/money.ts'

export type ModelUsage = { model: string; inputTokens: number; outputTokens: number }

/** Counts what each model call used: the provider's own figure, or an estimate where a call was cut off before it came. */
export function createUsageMeter() {
  const byModel = new Map<string, ModelUsage>()
  return {
    add(model: string, inputTokens: number, outputTokens: number): void {
      const usage = byModel.get(model) ?? { model, inputTokens: 0, outputTokens: 0 }
      byModel.set(model, { model, inputTokens: usage.inputTokens + inputTokens, outputTokens: usage.outputTokens + outputTokens })
    },
    total: (): ModelUsage[] => [...byModel.values()],
  }
}

export function estimatePromptTokens(system: string, messages: BaseMessage[]): number {
  const perMessage = 4
  return messages.reduce((total, message) => total + estimateTokens(message.text) + perMessage, estimateTokens(system) + perMessage)
}
