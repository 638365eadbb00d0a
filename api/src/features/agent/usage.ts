import { type Tokens, tokensOf } from '#lib/money.ts'

export type ModelUsage = Tokens & { model: string }

/** What the model calls of one answer used, call by call and by model. */
export function createUsageMeter() {
  const calls: ModelUsage[] = []
  return {
    add: (model: string, used: Tokens): void => void calls.push({ model, ...tokensOf(used) }),
    calls: (): ModelUsage[] => calls,
    byModel(): ModelUsage[] {
      const sums = new Map<string, ModelUsage>()
      for (const { model, inputTokens, outputTokens } of calls) {
        const sum = sums.get(model) ?? { model, inputTokens: 0, outputTokens: 0 }
        sums.set(model, { model, inputTokens: sum.inputTokens + inputTokens, outputTokens: sum.outputTokens + outputTokens })
      }
      return [...sums.values()]
    },
  }
}
