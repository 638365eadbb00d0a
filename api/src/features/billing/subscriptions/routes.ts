import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import type { RouteDescription } from '#http/openapi.ts'
import { sendProblem } from '#http/problem.ts'
import { admit } from '#http/rate-limit.ts'
import { bodyBytesMax } from '#http/body-limits.ts'
import { AppError } from '#lib/app-error.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { Subscriptions } from './index.ts'

/** Each of these asks Stripe, which counts the calls of the whole installation. */
const askingPerMinute = 30

export function subscriptionRoutes({ subscriptions, limits }: { subscriptions: Subscriptions; limits: Limits }): FastifyPluginAsyncZod {
  const limit = (request: FastifyRequest, reply: FastifyReply) =>
    admit(limits, [{ name: 'billing', key: `billing:${signedIn(request).userId}`, requestsMax: askingPerMinute, windowSeconds: 60 }], reply)

  return async (app) => {
    app.route({ ...endpoints.subscription, handler: async (request) => subscriptions.current(signedIn(request)) })
    app.route({ ...endpoints.checkout, preHandler: limit, handler: async (request) => subscriptions.checkout(signedIn(request), request.body) })
    app.route({ ...endpoints.portal, preHandler: limit, handler: async (request) => subscriptions.portal(signedIn(request)) })
    app.route({
      ...endpoints.invoices,
      preHandler: limit,
      handler: async (request) => ({ items: await subscriptions.invoices(signedIn(request)), nextCursor: null }),
    })
    const { seats } = subscriptions
    app.route({ ...endpoints.organisationSubscription, handler: async (request) => seats.current(request.params.id) })
    app.route({
      ...endpoints.organisationCheckout,
      preHandler: limit,
      handler: async (request) => seats.checkout({ organisationId: request.params.id, userId: signedIn(request).userId }, request.body),
    })
    app.route({ ...endpoints.organisationPortal, preHandler: limit, handler: async (request) => seats.portal(request.params.id) })
    app.route({
      ...endpoints.organisationInvoices,
      preHandler: limit,
      handler: async (request) => ({ items: await seats.invoices(request.params.id), nextCursor: null }),
    })
    await app.register(webhookRoute(subscriptions))
  }
}

const describes: RouteDescription = {
  body: {
    description: 'The bytes that Stripe signed.',
    mediaType: 'application/json',
    schema: { type: 'object', properties: { id: { type: 'string' }, type: { type: 'string' } } },
    example: { id: 'evt_1Qx', type: 'customer.subscription.updated' },
  },
  headers: [{ name: 'Stripe-Signature', in: 'header', required: true, schema: { type: 'string' }, description: 'Stripe’s signature over the body.' }],
}

/** Apart from the others: here a body is bytes, whatever its type says, since the signature is over them. */
function webhookRoute(subscriptions: Subscriptions): FastifyPluginAsyncZod {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_request, body, done) => done(null, body))
    app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const tooLarge = error.statusCode === 413
      const refusal = tooLarge ? new AppError('invalid_request', 'The event is larger than 1 MiB.', { cause: error }) : error
      if (refusal instanceof AppError && refusal.code === 'invalid_request') request.log.warn({ err: refusal }, 'webhook refused')
      sendProblem(refusal, request, reply)
    })
    app.route({
      ...endpoints.webhook,
      config: { ...endpoints.webhook.config, describes },
      handler: async (request) => {
        const signature = request.headers['stripe-signature']
        await subscriptions.receive((request.body as Buffer | undefined) ?? Buffer.alloc(0), typeof signature === 'string' ? signature : undefined)
        return { received: true }
      },
    })
  }
}
