import type { OpenAPIV3_1 } from 'openapi-types'
import { createServer } from '#http/server.ts'
import { createLog } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import { registerEdges } from './register-edges.ts'

/** The description of the API, of the routes alone: nothing is opened, and none of them could be called. */
export async function describeApi(): Promise<OpenAPIV3_1.Document> {
  const log = createLog('silent')
  const server = await createServer({
    log,
    authenticate: inert,
    authenticateDirectory: inert,
    roleIn: inert,
    hold: inert,
    operator: { token: undefined, open: false },
    allowedOrigins: [],
    https: false,
    trustProxy: false,
    tracing: inert,
    version,
  })
  await registerEdges(server, { config: inert, ports: inert, features: inert, log })
  await server.ready()
  return server.swagger() as OpenAPIV3_1.Document
}

/** Stands in for what a route would ask once it is called. */
const inert: never = new Proxy(() => inert, { get: (_target, name) => (name === 'then' ? undefined : inert) }) as never
