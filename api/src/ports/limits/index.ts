export type Admission = { admitted: boolean; remaining: number; retryAfterSeconds: number; resetSeconds: number }

export interface Limits extends AsyncDisposable {
  /**
   * Admits or refuses one request in a sliding window: at most `requestsMax` admitted in any `windowSeconds`.
   * Exact under concurrency and across processes; the clock is the store's. A refused request does not extend the window.
   * `retryAfterSeconds` (whole, ≥ 1 when refused, else 0) is when one more would be admitted; `resetSeconds` when the window would be empty of the oldest.
   */
  admit(key: string, requestsMax: number, windowSeconds: number): Promise<Admission>
}
