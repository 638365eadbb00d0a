export type LimitWindow = { key: string; requestsMax: number; windowSeconds: number }
export type Admission = { admitted: boolean; remaining: number; retryAfterSeconds: number; resetSeconds: number }

/** The first wait follows the failure number `failuresFree`, and each further failure doubles it up to the longest. Nothing is remembered `forgetSeconds` after the last. */
export type Waits = { failuresFree: number; firstSeconds: number; longestSeconds: number; forgetSeconds: number }
export type Attempt = { allowed: boolean; retryAfterSeconds: number }

export interface Limits extends AsyncDisposable {
  /**
   * Admits or refuses one request in sliding windows: at most `requestsMax` admitted in any `windowSeconds` of each. It is spent in all of
   * them or, when one of them refuses, in none; one answer for each window, in order.
   * Exact under concurrency and across processes; the clock is the store's. A refused request does not extend the window.
   * `retryAfterSeconds` (whole, ≥ 1 when refused, else 0) is when one more would be admitted; `resetSeconds` when the window would be empty of the oldest.
   */
  admit(windows: readonly LimitWindow[]): Promise<Admission[]>
  /** What is left in each window, without spending anything. */
  look(windows: readonly LimitWindow[]): Promise<Admission[]>

  /**
   * Allows one try at something secret, or tells how long to wait. A try counts as failed from its start until `succeeded`, so that tries
   * made side by side are not free. One that comes too early is not counted.
   */
  attempt(key: string, waits: Waits): Promise<Attempt>
  succeeded(key: string): Promise<void>
  /** Forgets all that is counted under these keys. */
  forget(keys: readonly string[]): Promise<void>
}
