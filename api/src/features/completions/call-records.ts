import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import { providerRequests } from '#lib/meters.ts'
import type { Bill } from '#lib/money.ts'
import { ProviderError } from '#ports/models/provider-error.ts'

type Log = { info(details: object, text: string): void; warn(details: object, text: string): void }
const outcomes: Partial<Record<ErrorCode, string>> = { upstream_failed: 'failed', upstream_timeout: 'timeout' }

export type CallAt = { provider: string; model: string; attempt: number }

/** Keeps a failure for administrators; never throws. */
export type KeepFailure = (
  failure: CallAt & { code: ErrorCode; status: number | null; said: string | null; userId: string; messageId: string | null },
) => Promise<void>

/** Counts calls by provider and outcome, and says each failure once, in the provider's own words without keys. */
export function createCallRecords(log: Log, keepFailure: KeepFailure = async () => {}) {
  const count = (provider: string, outcome: string) => providerRequests.inc({ provider, outcome })

  return {
    succeeded(at: CallAt): void {
      count(at.provider, 'ok')
      log.info({ ...at }, 'a call of a model')
    },

    async failed(at: CallAt, error: unknown, { bill, signal }: { bill: Bill; signal: AbortSignal }): Promise<void> {
      if (signal.aborted) return count(at.provider, 'cancelled')
      // What ours refuse, such as a budget, never reached a provider.
      if (!(error instanceof ProviderError)) return
      count(at.provider, outcomes[error.code] ?? 'refused')
      const { code, params, status, retryAfterSeconds, streamed } = error
      const said = error.cause instanceof Error ? error.cause.message : undefined
      const { runId, messageId, conversationId } = bill
      log.warn(
        { ...at, code, sentence: params?.sentence, status, retryAfterSeconds, streamed, said, runId, messageId, conversationId },
        'a call of a model failed',
      )
      const failure = { ...at, code, status: status ?? null, said: said ?? null }
      await keepFailure({ ...failure, userId: bill.actorId, messageId: messageId ?? null })
    },
  }
}
