import type { RunRow } from '#features/runs/index.ts'

/** Whom a run's calls are charged to, and what for. */
export const payerOf = ({ id, attempt, userId, assistantMessageId, conversationId }: RunRow) => ({
  runId: id,
  attempt,
  userId,
  messageId: assistantMessageId,
  conversationId,
})
