import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body may take long to come: the route bounds that itself. */
    isSlow?: boolean
  }
}

/** For a request to come, head and body. */
export const requestMsMax = 30_000

/** Node has one bound for all requests; an upload over a slow line needs another. */
export function endSlowRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    if (raw.complete || routeOptions.config.isSlow) return
    const late = Object.assign(new Error('The request did not come in time.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    const timer = setTimeout(() => !raw.complete && app.server.emit('clientError', late, raw.socket), requestMsMax)
    timer.unref()
    raw.once('close', () => clearTimeout(timer))
  })
}
