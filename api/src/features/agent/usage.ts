import { type Tokens, tokensOf } from '#lib/money.ts'

/** `ofTool`: no words were asked for, so no other model would have answered it. */
export type ModelUsage = Tokens & { model: string; ofTool?: boolean }

/** What the model calls of one answer used, call by call and by model. */
export function createUsageMeter() {
  const calls: ModelUsage[] = []
  return {
    add: (model: string, used: Tokens, of: Pick<ModelUsage, 'ofTool'> = {}): void => void calls.push({ model, ...tokensOf(used), ...of }),
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
