import type { RunRow } from '#features/runs/index.ts'
import { billOf } from '#lib/money.ts'

/** Whom a run's calls are charged to, and what for. */
export const payerOf = ({ id, attempt, userId, assistantMessageId: messageId, conversationId }: RunRow) => ({
  ...billOf({ userId, messageId, conversationId }),
  runId: id,
  attempt,
})
