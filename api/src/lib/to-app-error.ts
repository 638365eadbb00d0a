import { AppError } from './app-error.ts'
import { refusal } from './refusal.ts'
import { isBusy, isDatabaseOutage, isStorageFull } from './outage.ts'

/** What may be said of a failure. Anything that is neither an AppError nor an outage is a bug, and nothing of it leaves. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (isStorageFull(error)) {
    return refusal('storage_full', {}, { cause: error, retryAfterSeconds: 30 })
  }
  if (isBusy(error)) return refusal('unavailable.database_slow', {}, { cause: error, retryAfterSeconds: 2 })
  if (isDatabaseOutage(error)) {
    return refusal('unavailable.database', {}, { cause: error, retryAfterSeconds: 2 })
  }
  if (isOwnerErased(error)) return refusal('unauthenticated.account_erased', {}, { cause: error })
  return refusal('internal', {}, { cause: error })
}

/** What the triggers `…_of_nobody_erased` raise. */
function isOwnerErased(error: unknown): boolean {
  // Drizzle wraps the driver's error.
  return (((error as Error | undefined)?.cause ?? error) as { code?: string } | undefined)?.code === 'JV001'
}
