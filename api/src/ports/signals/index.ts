/** Small messages to every process (a session was revoked, a run was stopped): at most once, in order per sender, within milliseconds. Payloads stay under 4 kB. */
export interface Signals extends AsyncDisposable {
  publish(topic: string, payload: string): Promise<void>
  /** Returns a function that unsubscribes. Handlers must not throw. */
  subscribe(topic: string, handler: (payload: string) => void): () => void
}
