import { Agent, type Dispatcher } from 'undici'
import { currentRequestId } from '#lib/request-context.ts'
import { connectMsMax, endOf, idleMsMax, keepAliveInitialDelay } from '#ports/proxy/index.ts'
import { createPathWatch, type Waiting } from './path-watch.ts'

/** One for all providers: a connection that is not there in time fails at once. */
export const ownDispatcher = new Agent({
  connect: { timeout: connectMsMax, keepAliveInitialDelay },
  ...idleMsMax,
  headersTimeout: 0,
  bodyTimeout: 0,
})

const paths = createPathWatch()

/** Watches the way of one call. @throws ProviderError when it is known to lead nowhere */
export const watchPath = (url: string, dispatcher: Dispatcher | undefined, end: (error: Error) => void): Waiting =>
  paths.wait(endOf(new URL(url), dispatcher), end)

/** Where the provider keeps it, its support finds the call by it. */
export function requestIdHeader(): Record<string, string> {
  const requestId = currentRequestId()
  return requestId === undefined ? {} : { 'x-client-request-id': requestId }
}
