import type { Endpoint, Input, Output } from '@jarvis/contracts/call.ts'
import { problemOf, unreachable } from './problem.ts'

type AnyInput = { params?: Record<string, string>; query?: Record<string, unknown>; body?: unknown }

export type RequestOptions = {
  /** Where Jarvis is, without a slash at the end; the page's own origin when there is none. */
  baseUrl?: string | undefined
  /** An API key or an access token. */
  token?: string | undefined
  signal?: AbortSignal | undefined
  /** A repeat with the same key gets the first answer: for what must not be done twice. */
  idempotencyKey?: string | undefined
  keepalive?: boolean
}

/** One HTTP request of the contract. @throws {ProblemError} for every answer that is not 2xx, and `network` when there is none. */
export async function request<E extends Endpoint>(endpoint: E, input: Input<E>, options: RequestOptions = {}): Promise<Output<E>> {
  const { params = {}, query = {}, body } = input as AnyInput
  const { baseUrl = '', token, signal, idempotencyKey, keepalive = false } = options
  const path = endpoint.url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]!))
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, `${value as string | number}`]])),
  )
  const headers = new Headers()
  if (token) headers.set('authorization', `Bearer ${token}`)
  if (idempotencyKey) headers.set('idempotency-key', idempotencyKey)
  if (body !== undefined) headers.set('content-type', 'application/json')

  const response = await fetch(baseUrl + (search.size ? `${path}?${search}` : path), {
    method: endpoint.method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
    keepalive,
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw unreachable(cause)
  })
  if (!response.ok) throw await problemOf(response)
  const text = await response.text()
  // A conversation or the audit as a file. Anything else that is no JSON is no answer of ours, as a proxy's page of HTML.
  if (/^(?:text\/(?:markdown|csv)|application\/jsonl)\b/.test(response.headers.get('content-type') ?? '')) return text as Output<E>
  return (text === '' ? null : JSON.parse(text)) as Output<E>
}
