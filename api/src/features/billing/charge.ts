import { costMicroUsd, type Price, type Tokens } from '#lib/money.ts'
import type { ChargeKind } from '#ports/database/tables.ts'

/** What one call of a model used; an estimate where no provider counted. */
export type Charge = Tokens & { model: string; kind: ChargeKind; costMicroUsd: number; isEstimate?: boolean }

export function charge(kind: ChargeKind, model: string, tokens: Tokens, price: Price): Charge {
  const { inputTokens, outputTokens } = tokens
  return { kind, model, inputTokens, outputTokens, costMicroUsd: costMicroUsd(tokens, price) }
}
