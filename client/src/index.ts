import type { Endpoint, Input, Output } from '@jarvis/contracts/call.ts'
import { endpoints, type Endpoints } from '@jarvis/contracts/endpoints.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import { follow, type FollowedEvent, type FollowOptions } from './follow.ts'
import { request, type RequestOptions } from './request.ts'

export { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
export type { Answer, RunEvent } from '@jarvis/contracts/run.ts'
export { ProblemError } from './problem.ts'
export type { FollowedEvent, FollowOptions }

export type ClientOptions = {
  /** Where Jarvis is: `https://jarvis.example.org`. */
  baseUrl: string
  /** An API key (`jv_…`), or the access token of a person. */
  apiKey: string
}
export type CallOptions = Pick<RequestOptions, 'signal' | 'idempotencyKey'>

type Call<E extends Endpoint> =
  Partial<Input<E>> extends Input<E>
    ? (input?: Input<E>, options?: CallOptions) => Promise<Output<E>>
    : (input: Input<E>, options?: CallOptions) => Promise<Output<E>>

/** The endpoints that answer page by page. */
type Listed = {
  [Name in keyof Endpoints]: Input<Endpoints[Name]> extends { query?: { cursor?: string | undefined } | undefined }
    ? Output<Endpoints[Name]> extends Page<unknown>
      ? 'querystring' extends keyof Endpoints[Name]['schema']
        ? Name
        : never
      : never
    : never
}[keyof Endpoints]
type Item<Name extends Listed> = Output<Endpoints[Name]> extends Page<infer One> ? One : never

/** A function for each endpoint, by its operationId: `client.createConversation({ body: { title: 'Tides' } })`. */
export type Client = { [Name in keyof Endpoints]: Call<Endpoints[Name]> } & {
  /** A run's events to its end, over broken connections. @throws {ProblemError} */
  follow(runId: string, options?: FollowOptions): AsyncGenerator<FollowedEvent, void>
  /** Sends a message and returns the events of the run that answers it. @throws {ProblemError} */
  ask(conversationId: string, content: string, options?: { model?: string; signal?: AbortSignal }): AsyncGenerator<RunEvent, void>
  /** Every item of a list, over all its pages. @throws {ProblemError} */
  each<Name extends Listed>(name: Name, input?: Input<Endpoints[Name]>, options?: CallOptions): AsyncGenerator<Item<Name>, void>
}

/** A client of one Jarvis. Each call throws a `ProblemError` when it is refused or fails. */
export function createClient({ baseUrl, apiKey }: ClientOptions): Client {
  const at = { baseUrl: baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl, token: apiKey }
  const calls = Object.fromEntries(
    Object.entries(endpoints).map(([name, endpoint]) => [
      name,
      (input: object = {}, options: CallOptions = {}) => request(endpoint as Endpoint, input, { ...at, ...options }),
    ]),
  ) as { [Name in keyof Endpoints]: Call<Endpoints[Name]> }

  async function* each(name: Listed, input: object = {}, options: CallOptions = {}): AsyncGenerator<unknown, void> {
    const { query = {} } = input as { query?: object }
    for (let cursor: string | undefined; ;) {
      const page = (await request(endpoints[name] as Endpoint, { ...input, query: { ...query, cursor } }, { ...at, ...options })) as Page<unknown>
      yield* page.items
      if (page.nextCursor === null) return
      cursor = page.nextCursor
    }
  }

  return {
    ...calls,
    follow: (runId, options) => follow(at, runId, options),
    each: each as Client['each'],
    async *ask(conversationId, content, { model, signal } = {}) {
      const body = { messageId: crypto.randomUUID(), content, ...(model !== undefined && { model }) }
      const { runId } = await calls.send({ params: { id: conversationId }, body }, { signal })
      for await (const { event } of follow(at, runId, signal ? { signal } : {})) yield event
    },
  }
}
