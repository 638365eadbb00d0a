import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { currentTrace, inRequest } from '#lib/request-context.ts'
import type { Span, Tracing } from '#ports/tracing/index.ts'
import { proxyTest, type TrustedProxies } from './request-id.ts'

/** What a request leads to is done in its name, and in its span. Reading a body leaves that, so it is given again. */
export function nameRequests(app: FastifyInstance, { tracing, trustProxy }: { tracing: Tracing; trustProxy: TrustedProxies }): void {
  const traces = new WeakMap<FastifyRequest, string>()
  if (tracing.isOn) traceRequests(app, { tracing, isProxy: proxyTest(trustProxy), traces })
  else app.addHook('onRequest', (request, _reply, done) => inRequest(request.id, done))
  app.addHook('preValidation', (request, _reply, done) => inRequest(request.id, done, traces.get(request)))
}

type Traced = { tracing: Tracing; isProxy(address: string): boolean; traces: WeakMap<FastifyRequest, string> }

function traceRequests(app: FastifyInstance, { tracing, isProxy, traces }: Traced): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route } = request.routeOptions
    if (route === undefined || !isTraced(request, route)) return inRequest(request.id, done)
    const { traceparent } = request.headers
    const parent = typeof traceparent === 'string' && isProxy(request.raw.socket.remoteAddress ?? '') ? traceparent : null
    // The route, never the address: that holds ids, and what a person searches for.
    const attributes = { 'http.request.method': request.method, 'http.route': route, 'jarvis.request_id': request.id }
    inRequest(request.id, () => {
      const work = (span: Span) => {
        traces.set(request, currentTrace()!)
        const closed = whenClosed(reply, span)
        done()
        return closed
      }
      void tracing.span(`${request.method} ${route}`, attributes, work, { kind: 'server', parent })
    })
  })
}

/** The frames of a socket are traced, not the socket; nor are pages, probes and scrapes. */
const isTraced = ({ headers }: FastifyRequest, route: string) => /^\/(api|v1|mcp)\b/.test(route) && headers.upgrade === undefined

const whenClosed = (reply: FastifyReply, span: Span) =>
  new Promise<void>((resolve) => {
    reply.raw.once('close', () => {
      span.set({ 'http.response.status_code': reply.statusCode })
      if (!reply.raw.writableFinished) span.fail('closed by the client')
      else if (reply.statusCode >= 500) span.fail(String(reply.statusCode))
      resolve()
    })
  })
