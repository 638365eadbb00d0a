import type { OpenAPIV3_1 } from 'openapi-types'
import type { Tool } from '#features/agent/index.ts'
import { browserTools, calculator, clock, imageGenerate, queryData, searchFiles, systemCommand, webSearch } from '#features/agent/tools/index.ts'
import type { DoorRoute } from '#http/door.ts'
import { createServer, type Server } from '#http/server.ts'
import { createLog } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import { registerEdges } from './register-edges.ts'

/** The description of the API, of the routes alone: nothing is opened, and none of them could be called. */
export const describeApi = async (): Promise<OpenAPIV3_1.Document> => (await routesAlone()).swagger() as OpenAPIV3_1.Document

/** Every route, with who may call it; but for those of the parts that are opened with the app. */
export const describeRoutes = async (): Promise<readonly DoorRoute[]> => (await routesAlone()).doorRoutes

/** Tools of our own, whatever is installed here. */
export const describeTools = (): Pick<Tool, 'name' | 'risk' | 'roles' | 'plans'>[] => [
  webSearch(inert),
  searchFiles(inert, inert),
  imageGenerate(inert),
  queryData(inert),
  calculator,
  clock,
  ...browserTools(inert),
  systemCommand(inert, inert),
]

async function routesAlone(): Promise<Server> {
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
    listens: true,
    trustProxy: false,
    tracing: inert,
    version,
  })
  await registerEdges(server, { config: inert, ports: inert, features: inert, log })
  await server.ready()
  return server
}

/** Stands in for what a route would ask once it is called. */
const inert: never = new Proxy(() => inert, { get: (_target, name) => (name === 'then' ? undefined : inert) }) as never
