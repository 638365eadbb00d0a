import { AsyncLocalStorage } from 'node:async_hooks'

const requests = new AsyncLocalStorage<string>()

/**
 * Does work for a request: its id stands in every line that is logged meanwhile, in the runs that are queued, and goes to the provider. It
 * names the request and decides nothing, so it is the one thing that is not handed from function to function.
 */
export const inRequest = <Result>(requestId: string, work: () => Result): Result => requests.run(requestId, work)

export const currentRequestId = (): string | undefined => requests.getStore()
