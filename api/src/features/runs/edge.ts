import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { Id } from '@jarvis/contracts/text.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { signedIn } from '#http/caller.ts'
import { eventStream, sendSse, sseEvents } from '#http/sse.ts'
import type { Runs } from './index.ts'

export function runRoutes(runs: Pick<Runs, 'get' | 'cancel' | 'follow'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.run, handler: async (request) => runs.get(signedIn(request), request.params.id) })
    app.route({
      ...endpoints.cancelRun,
      handler: async (request, reply) => reply.code(202).send(await runs.cancel(signedIn(request), request.params.id)),
    })
    app.route({
      method: 'GET',
      url: '/api/v1/runs/:id/events',
      config: { who: ['person', 'key:chat'], describes: { answer: eventStream } },
      schema: {
        tags: ['chat'],
        operationId: 'runEvents',
        summary: 'Follow a run',
        description: 'The run’s AG-UI 1.0 events as Server-Sent Events, from after `Last-Event-ID` (or `after`), live until the run ends.',
        params: z.strictObject({ id: Id }),
        querystring: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }),
        headers: z.object({
          'last-event-id': z
            .string()
            .regex(/^\d{1,15}$/, 'must be the id of an event')
            .optional(),
        }),
      },
      handler: async (request, reply) => {
        const caller = signedIn(request)
        const after = Number(request.headers['last-event-id'] ?? request.query.after)
        // Looked up before the stream opens, so that a refusal is still a problem+json.
        await runs.get(caller, request.params.id)
        await sendSse(request, reply, async (signal) => sseEvents((await runs.follow(caller, request.params.id, after, signal)).events))
      },
    })
  }
}
