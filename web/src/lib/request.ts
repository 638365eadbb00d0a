import { problemOf, unreachable } from './problem.ts'

/** As much of a zod schema as types need. */
type Schema = { _zod: { input: unknown; output: unknown } }

export type Endpoint = {
  method: string
  url: string
  schema: { params?: Schema; querystring?: Schema; body?: Schema; response: Record<number, Schema> }
}

type BodyOf<Body extends Schema> = undefined extends Body['_zod']['input'] ? { body?: Body['_zod']['input'] } : { body: Body['_zod']['input'] }

export type Input<E extends Endpoint> = (E['schema'] extends { params: infer Params extends Schema }
  ? { params: Params['_zod']['input'] }
  : unknown) &
  (E['schema'] extends { querystring: infer Query extends Schema } ? { query?: Query['_zod']['input'] } : unknown) &
  (E['schema'] extends { body: infer Body extends Schema } ? BodyOf<Body> : unknown)

type Answers<E extends Endpoint> = E['schema']['response'][keyof E['schema']['response']]
export type Output<E extends Endpoint> = Answers<E> extends infer Answer extends Schema ? Answer['_zod']['output'] : never

type AnyInput = { params?: Record<string, string>; query?: Record<string, unknown>; body?: unknown }
type Options = { token?: string | undefined; signal?: AbortSignal | undefined; keepalive?: boolean }

/** One HTTP request of the contract. @throws {ProblemError} for every answer that is not 2xx, and `network` when there is none. */
export async function request<E extends Endpoint>(
  endpoint: E,
  input: Input<E>,
  { token, signal, keepalive = false }: Options = {},
): Promise<Output<E>> {
  const { params = {}, query = {}, body } = input as AnyInput
  const path = endpoint.url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]!))
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value as string | number}`]])),
  )
  const headers = new Headers()
  if (token) headers.set('authorization', `Bearer ${token}`)
  if (body !== undefined) headers.set('content-type', 'application/json')

  const response = await fetch(search.size ? `${path}?${search}` : path, {
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
  return (text === '' ? null : JSON.parse(text)) as Output<E>
}
