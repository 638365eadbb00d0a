import { AppError } from './app-error.ts'
import { isBusy, isDatabaseOutage, isStorageFull } from './outage.ts'

/** What may be said of a failure. Anything that is neither an AppError nor an outage is a bug, and nothing of it leaves. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (isStorageFull(error)) {
    const message = 'The disk that Jarvis stores on is full. Ask the administrator to make room; nothing was stored.'
    return new AppError('storage_full', message, { cause: error, retryAfterSeconds: 30 })
  }
  if (isBusy(error)) return new AppError('unavailable', 'The database took too long. Try again in a moment.', { cause: error, retryAfterSeconds: 2 })
  if (isDatabaseOutage(error)) {
    return new AppError('unavailable', 'Jarvis cannot reach its database right now. Try again in a moment.', { cause: error, retryAfterSeconds: 2 })
  }
  if (isOwnerErased(error)) return new AppError('unauthenticated', 'This account is being erased.', { cause: error })
  return new AppError('internal', 'Something went wrong on our side. It has been logged.', { cause: error })
}

/** What the triggers `…_of_nobody_erased` raise. */
function isOwnerErased(error: unknown): boolean {
  // Drizzle wraps the driver's error.
  return (((error as Error | undefined)?.cause ?? error) as { code?: string } | undefined)?.code === 'JV001'
}
