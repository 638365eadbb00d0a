import type { RunRow } from '#features/runs/index.ts'
import { billOf } from '#lib/money.ts'

/** Whom a run's calls are charged to, and what for. */
export const payerOf = ({ id, attempt, userId, apiKeyId, assistantMessageId: messageId, conversationId }: RunRow) => ({
  ...billOf({ userId, keyId: apiKeyId, messageId, conversationId }),
  runId: id,
  attempt,
})
