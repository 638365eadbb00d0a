export type JobHandler = (payload: unknown, signal: AbortSignal) => Promise<void>

/** Background work that survives a restart: at least once, retried with exponential backoff. */
export interface Jobs extends AsyncDisposable {
  /** `id` makes the job idempotent: the same id is queued once. It may not contain ':' nor be a bare number. */
  add(name: string, payload: unknown, options?: { id?: string }): Promise<void>
  /** Starts executing jobs of this name in this process. */
  work(name: string, handler: JobHandler): void
}
