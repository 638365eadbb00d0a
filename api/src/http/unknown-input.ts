import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { badRequest } from '#lib/plain-issues.ts'
import { unstorableIn } from '#lib/storable.ts'

const nothing = z.strictObject({})

/**
 * What a route of the API does not take is refused, as a field is that its schema does not name: a client would believe that it was heard.
 * An empty object is how many clients say nothing.
 */
export function refuseUnknownInput(app: FastifyInstance): void {
  // Before any schema: a route whose schema says less would ask the database for it.
  app.addHook('preValidation', async ({ params, query }) => {
    const [inPath, inQuery] = [unstorableIn(params), unstorableIn(query)]
    if (inPath) throw badRequest([inPath], 'The path')
    if (inQuery) throw badRequest([inQuery], 'The query')
  })
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/api/v1/') || route.websocket) return
    route.schema = { querystring: nothing, ...route.schema }
    if (!route.schema.body) route.preValidation = [route.preValidation ?? [], refuseBody].flat()
  })
}

async function refuseBody({ body }: FastifyRequest): Promise<void> {
  // Bytes are for a parser of the route's own.
  if (body === undefined || Buffer.isBuffer(body) || nothing.nullable().safeParse(body).success) return
  throw badRequest([{ path: '', message: 'must be left out: nothing of it would be used here' }], 'The body')
}
