/**
 * Small messages to every process (a session was revoked, a run was stopped): in order per sender, within milliseconds. One that meets an
 * outage is late, or comes twice, or is lost after half a minute: it speeds up what is stored, and replaces nothing. Payloads stay under 4 kB.
 */
export interface Signals extends AsyncDisposable {
  /** Returns at once: nobody waits for a signal. */
  publish(topic: string, payload: string): void
  /** Returns a function that unsubscribes. Handlers must not throw. */
  subscribe(topic: string, handler: (payload: string) => void): () => void
}
