import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Problem } from '@jarvis/contracts/errors.ts'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'

const description =
  'The API of Jarvis. Errors are RFC 9457 problem+json with a stable `code`. Lists answer `{items, nextCursor}`. Ids are UUIDs, times RFC 3339 in UTC, money integer micro-US-dollars. ' +
  'Run events are AG-UI 1.0, over `GET /api/v1/runs/{id}/events` (SSE), `POST /api/v1/agui` (SSE) and the WebSocket `/api/v1/ws` (subprotocol `jarvis.v1`).'

/** What any operation may answer instead; `code` says which refusal it is. */
const refusal = {
  description: 'Any refusal or failure, 400 to 504',
  content: { 'application/problem+json': { schema: z.toJSONSchema(z.object(Problem.shape)) } },
}

/** The API's description at /openapi.json, and a page to read it on at /docs that runs under the same policy as every other page. */
export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'Jarvis', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, description },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    transform(route) {
      const { schema, url } = jsonSchemaTransform(route)
      return { url, schema: { ...schema, response: { ...(schema as { response?: object } | undefined)?.response, default: refusal } } }
    },
    transformObject: jsonSchemaTransformObject,
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Jarvis API', css: [{ filename: 'jarvis.css', content: '.swagger-ui .topbar { display: none }' }] },
    uiConfig: { deepLinking: true, persistAuthorization: false },
  })
}
