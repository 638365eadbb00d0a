import { AsyncLocalStorage } from 'node:async_hooks'

const contexts = new AsyncLocalStorage<{ requestId?: string; trace?: string }>()

/**
 * Does work for a request: its id stands in every line that is logged meanwhile, in the runs that are queued, and goes to the provider. It
 * names the request and decides nothing, so it is the one thing that is not handed from function to function. `trace` is the span it is in.
 */
export const inRequest = <Result>(requestId: string, work: () => Result, trace?: string): Result =>
  contexts.run(trace === undefined ? { requestId } : { requestId, trace }, work)

export const currentRequestId = (): string | undefined => contexts.getStore()?.requestId

/** Does work in a span, named as W3C's traceparent does. */
export const inTrace = <Result>(trace: string, work: () => Result): Result => contexts.run({ ...contexts.getStore(), trace }, work)

/** The span that is open here; undefined where nothing is traced. */
export const currentTrace = (): string | undefined => contexts.getStore()?.trace
