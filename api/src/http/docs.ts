import swagger from '@fastify/swagger'
import reference from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** The reference page carries an inline script of its own, so it alone gets a looser policy. */
const referencePolicy =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'"

export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Jarvis',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        description:
          'The API of Jarvis. Errors are RFC 9457 problem+json with a stable `code`. Lists answer `{items, nextCursor}`. Ids are UUIDv7, times RFC 3339 in UTC, money integer micro-US-dollars. ' +
          'Run events are AG-UI 1.0, over `GET /api/v1/runs/{id}/events` (SSE), `POST /api/v1/agui` (SSE) and the WebSocket `/api/v1/ws` (subprotocol `jarvis.v1`).',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(reference, {
    routePrefix: '/docs',
    configuration: { url: '/openapi.json', telemetry: false, agent: { disabled: true }, withDefaultFonts: false, pageTitle: 'Jarvis API' },
    hooks: {
      onRequest: (_request, reply, done) => {
        void reply.header('content-security-policy', referencePolicy)
        done()
      },
    },
  })
}
