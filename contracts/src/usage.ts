import { z } from 'zod'
import { Id, MicroUsd, Timestamp, TokenCount } from './text.ts'

export const UsageQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  group: z.enum(['day', 'model', 'conversation', 'key']).default('day'),
})

/** `estimatedCalls`: of `calls`, those whose end the provider never told, so that they stand in the ledger as estimates. */
const sums = {
  inputTokens: TokenCount,
  outputTokens: TokenCount,
  costMicroUsd: MicroUsd,
  calls: z.int(),
  estimatedCalls: z.int(),
  estimatedCostMicroUsd: MicroUsd,
}

/** `key` is the day (RFC 3339 date), the model, the conversation's id, or the API key's, empty for what none was used for; `totals` is the sum of the items. */
export const UsageReport = z
  .object({
    items: z.array(z.object({ key: z.string(), ...sums })),
    nextCursor: z.null(),
    totals: z.object(sums),
    cycle: z.object({
      startsAt: Timestamp,
      endsAt: Timestamp,
      tokensUsed: TokenCount,
      tokensReserved: TokenCount,
      tokensMax: TokenCount,
      costMicroUsd: MicroUsd,
      reservedMicroUsd: MicroUsd,
      /** The person's own spend ceiling of the month; null is none. */
      ceilingMicroUsd: MicroUsd.nullable(),
      /** The organisation that pays, within whose budget the person has the share above; null: the person pays. */
      paidBy: z.object({ id: Id, name: z.string() }).nullable().optional(),
    }),
  })
  .meta({ id: 'UsageReport' })
export type UsageReport = z.infer<typeof UsageReport>
