import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Who } from '@jarvis/contracts/who.ts'
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

/** The names that the contract has for them. */
const operationIds = new Map(Object.entries(endpoints).map(([name, { method, url }]) => [`${method} ${url}`, name]))

/** Read by `http/idempotency.ts`. */
const idempotencyHeader = {
  type: 'object',
  properties: {
    'idempotency-key': { type: 'string', minLength: 1, maxLength: 255, description: 'A repeat with the same key gets the first answer, for a day.' },
  },
}

/** What opens a route: an access token, with the role that it needs, or an API key, with its scope. */
function securityOf(who: readonly Who[]): Record<string, string[]>[] {
  const bearer = who.flatMap((each) => (each === 'person' ? [[]] : each === 'admin' ? [['admin']] : []))
  const scopes = who.flatMap((each) => (each === 'key' ? [[]] : each.startsWith('key:') ? [[each.slice(4)]] : []))
  return [...bearer.map((bearer) => ({ bearer })), ...scopes.map((apiKey) => ({ apiKey }))]
}

/** The API's description at /openapi.json, and a page to read it on at /docs that runs under the same policy as every other page. */
export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'Jarvis', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, description },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `jv_…`.' },
        },
      },
      security: [{ bearer: [] }],
    },
    transform(route) {
      const { schema, url } = jsonSchemaTransform(route)
      const { config, method } = route.route
      const who = config?.who ?? []
      const security = securityOf(who)
      const operationId = route.schema?.operationId ?? operationIds.get(`${String(method)} ${url}`)
      const takesKey = method === 'POST' && security.length > 0 && !config?.isStream
      return {
        url,
        schema: {
          ...schema,
          ...(operationId && { operationId }),
          ...(takesKey && { headers: idempotencyHeader }),
          security,
          response: { ...(schema as { response?: object } | undefined)?.response, default: refusal },
        },
      }
    },
    transformObject: jsonSchemaTransformObject,
  })
  app.get('/openapi.json', { config: { who: ['anyone'] }, schema: { hide: true } }, async () => app.swagger())
  await app.openToAnyone(() =>
    app.register(swaggerUi, {
      routePrefix: '/docs',
      theme: { title: 'Jarvis API', css: [{ filename: 'jarvis.css', content: '.swagger-ui .topbar { display: none }' }] },
      uiConfig: { deepLinking: true, persistAuthorization: false },
    }),
  )
}
