// One shape is one way in which a provider answers, seen in the wild, and what must become of it.

/** What is sent for one request. `parts` are written one after the other, each as a packet of its own. */
export type Reply = {
  status?: number
  headers?: Record<string, string>
  parts: (string | Uint8Array)[]
  /** Between two of them. */
  pauseMs?: number
  /** The connection stays open, or is cut, after the last part. */
  after?: 'open' | 'cut'
  /** Says nothing for ever: not even headers. */
  silent?: boolean
}

export type Kind = 'openai' | 'azure' | 'anthropic' | 'google'
type Call = { name: string; args: object }
type Message =
  | { role: 'system' | 'user'; text: string; images?: { mediaType: string; base64: string }[] }
  | { role: 'assistant'; text: string; calls: { id: string; name: string; args: Record<string, unknown> }[] }
  | { role: 'tool'; callId: string; text: string }

export type Shape = {
  name: string
  kind?: Kind
  /** Its name at the provider. */
  model?: string
  /** What the table of models says of it. */
  dialect?: object
  firstTokenSeconds?: number
  idleSeconds?: number
  messages?: Message[]
  effort?: 'low' | 'medium' | 'high'
  wishes?: { temperature?: number }
  /** How many tools are offered: one by default. */
  tools?: number
  reply: Reply | ((body: Record<string, unknown>, index: number) => Reply)
  /** An answer, or a failure by its sentence. `used` is what is charged: tokens, `estimate`, or `nothing`. */
  becomes: (
    | { text?: string; reasoning?: string; calls?: Call[]; finish?: string }
    | { fails: string; retryAfterSeconds?: number; status?: number }
  ) & { used?: { in: number; out: number; cached?: number; reasoning?: number; written?: number } | 'estimate' | 'nothing'; requests?: number }
}

const eventStream = { 'content-type': 'text/event-stream' }
export const stream = (...parts: (string | Uint8Array)[]): Reply => ({ parts, headers: eventStream })
export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  parts: [JSON.stringify(value)],
})
export const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
/** With its type in front, as Anthropic sends them. */
export const named = (value: { type: string }) => `event: ${value.type}\n${data(value)}`
