import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Who } from '@jarvis/contracts/who.ts'
import type { FastifyInstance } from 'fastify'
import type { OpenAPIV3_1 } from 'openapi-types'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { describeSocket } from './asyncapi.ts'
import { describeOperations, type RouteFacts } from './openapi.ts'

const contact = { name: 'The administrator of this installation' }
const description =
  'The API of Jarvis. Errors are RFC 9457 problem+json with a stable `code`. Lists answer `{items, nextCursor}`. Ids are UUIDs, times RFC 3339 in UTC, money integer micro-US-dollars. ' +
  'Run events are AG-UI 1.0, over `GET /api/v1/runs/{id}/events` (SSE), `POST /api/v1/agui` (SSE) and the WebSocket `/api/v1/ws` (subprotocol `jarvis.v1`), which `/asyncapi.json` describes.'

/** The names that the contract has for them. */
const operationIds = new Map(Object.entries(endpoints).map(([name, { method, url }]) => [`${method} ${url}`, name]))

/** What opens a route: an access token or an API key. Which role or scope it needs is in `x-who`. */
function securityOf(who: readonly Who[]): Record<string, string[]>[] {
  const bearer = who.some((each) => each === 'person' || each === 'admin' || each.startsWith('member'))
  const apiKey = who.some((each) => each.startsWith('key'))
  return [...(bearer ? [{ bearer: [] }] : []), ...(apiKey ? [{ apiKey: [] }] : [])]
}

/** The API's description at /openapi.json, and a page to read it on at /docs that runs under the same policy as every other page. */
export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  const facts = new Map<string, RouteFacts>()
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'Jarvis', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, contact, description },
      servers: [{ url: '/', description: 'This installation' }],
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
      if (operationId) facts.set(operationId, { who, takesKey, describes: config?.describes ?? {} })
      return { url, schema: { ...schema, ...(operationId && { operationId }), security } }
    },
    transformObject: (input) => describeOperations(jsonSchemaTransformObject(input) as OpenAPIV3_1.Document, facts),
  })
  app.get('/openapi.json', { config: { who: ['anyone'] }, schema: { hide: true } }, async () => app.swagger())
  app.get('/asyncapi.json', { config: { who: ['anyone'] }, schema: { hide: true } }, async ({ host, protocol }) =>
    describeSocket({ version, host, isSecure: protocol === 'https' }),
  )
  await app.openToAnyone(() =>
    app.register(swaggerUi, {
      routePrefix: '/docs',
      theme: { title: 'Jarvis API', css: [{ filename: 'jarvis.css', content: '.swagger-ui .topbar { display: none }' }] },
      uiConfig: { deepLinking: true, persistAuthorization: false },
    }),
  )
}
