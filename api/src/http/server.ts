import type { IncomingMessage, ServerResponse } from 'node:http'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import websocket from '@fastify/websocket'
import { socketProtocol } from '@jarvis/contracts/socket.ts'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '#lib/app-error.ts'
import { type Log, named } from '#lib/log.ts'
import type { AccessWatch } from '#ports/access/index.ts'
import type { Tracing } from '#ports/tracing/index.ts'
import type { Authenticate, AuthenticateDirectory } from './caller.ts'
import { registerCompression } from './compression.ts'
import { registerDocs } from './docs.ts'
import { keepDoor, requireWho, type RoleIn } from './door.ts'
import type { OperatorTerms } from './operator.ts'
import { sendProblem } from './problem.ts'
import { bodyBytesMax, takeLongBodies } from './body-limits.ts'
import { nameRequests } from './name-requests.ts'
import { createRequestIds } from './request-id.ts'
import { letGoInTurn } from './let-go.ts'
import { answerOddPreflights, answerOddRequests, refuseConnection } from './raw-refusals.ts'
import { refuseUnknownInput } from './unknown-input.ts'
import { pageWholeLists } from './whole-lists.ts'
import { registerSecurityHeaders } from './security-headers.ts'
import { closeSilentConnections } from './silent-connections.ts'
import { endSlowRequests, requestMsMax } from './slow-requests.ts'
import { endStreamsOnClose } from './sse.ts'
import { parseJson } from '#lib/parse-json.ts'

export type ServerOptions = {
  log: Log
  authenticate: Authenticate
  authenticateDirectory: AuthenticateDirectory
  roleIn: RoleIn
  hold: AccessWatch['hold']
  operator: OperatorTerms
  allowedOrigins: string[]
  https: boolean
  /** Whether the page may use the microphone. */
  listens: boolean
  trustProxy: boolean | number | string[]
  tracing: Tracing
  version: string
}

export type SendRefusal = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void

declare module 'fastify' {
  interface FastifyInstance {
    /** How refusals are written below a path that has a shape of its own for them, also where no route is found. */
    refusers: Map<string, SendRefusal>
  }
}

export type Server = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

const ofEveryAnswer = ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy', 'idempotency-replayed']
const exposedHeaders = [...ofEveryAnswer, 'accept-ranges', 'content-disposition', 'content-range', 'etag']

/** Fastify with what every route shares: request ids, one error handler, security headers, origins, bearer tokens, OpenAPI. Knows no feature. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const loggerInstance: FastifyBaseLogger = options.log
  const refusers = new Map<string, SendRefusal>()
  const refuse: SendRefusal = (error, request, reply) => {
    const [, send = sendProblem] = [...refusers].find(([prefix]) => request.url.startsWith(prefix)) ?? []
    send(error, request, reply)
  }
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    childLoggerFactory: (logger, bindings, childOptions) => named(logger.child(bindings, childOptions)),
    genReqId: createRequestIds(options.trustProxy),
    bodyLimit: bodyBytesMax,
    trustProxy: trusted(options.trustProxy),
    forceCloseConnections: 'idle',
    // What still comes in is answered as ever: a proxy would hand Fastify's own 503 on to people.
    return503OnClosing: false,
    // By `endSlowRequests`, for each route.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 200 },
    // No hook runs for what the router itself refuses.
    frameworkErrors: (error, request, reply) => refuse(error, request, readableTo(options.allowedOrigins, request, withOwnHeaders(request, reply))),
    clientErrorHandler: refuseConnection(options.log),
    http: { requireHostHeader: false, headersTimeout: requestMsMax },
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(refuse)
  app.decorate('refusers', refusers)
  nameRequests(app, options)
  requireWho(app)
  takeLongBodies(app)
  acceptEmptyJson(app)

  app.addHook('onRequest', async (request, reply) => {
    withOwnHeaders(request, reply)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched'
    request.log.info({ method: request.method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) }, 'request')
  })

  await registerCompression(app)
  await registerSecurityHeaders(app, options)
  answerOddPreflights(app)
  endSlowRequests(app)
  letGoInTurn(app)
  const corsOptions = {
    origin: options.allowedOrigins,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders,
    maxAge: 600,
  }
  await app.openToAnyone(() => app.register(cors, corsOptions))
  // After it, so that a page of another origin reads the refusal.
  answerOddRequests(app)
  refuseForeignOrigins(app, options.allowedOrigins)
  await app.register(cookie)
  await app.register(websocket, { options: { maxPayload: bodyBytesMax, perMessageDeflate: false, handleProtocols: chooseProtocol } })
  keepDoor(app, options)
  refuseUnknownInput(app)
  pageWholeLists(app)
  endStreamsOnClose(app)
  closeSilentConnections(app)
  await registerDocs(app, options.version)
  return app
}

/** What is answered is a person's, and stays in no cache unless a route says otherwise. */
function withOwnHeaders(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.header('x-request-id', request.id).header('cache-control', 'no-store')
}

/** What the router refuses passes no hook, the one of `cors` neither. */
function readableTo(allowedOrigins: string[], { headers: { origin } }: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.header('vary', 'Origin')
  if (origin === undefined || !allowedOrigins.includes(origin)) return reply
  return reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': exposedHeaders.join(', '),
  })
}

/** A POST without a body is how many clients say "nothing to add", whatever content type they send along. */
function acceptEmptyJson(app: Server): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    try {
      done(null, parseJson(utf8.decode(body as Buffer)))
    } catch (cause) {
      done(new AppError('invalid_request', 'The body is not valid JSON in UTF-8, or nested too deeply.', { cause }))
    }
  })
}

/** A browser tells where a request comes from; another site may neither act with the refresh cookie nor open a socket. */
function refuseForeignOrigins(app: Server, allowedOrigins: string[]): void {
  app.addHook('onRequest', async (request) => {
    const { origin } = request.headers
    const reads = request.method === 'GET' && request.headers.upgrade === undefined
    if (origin === undefined || reads || request.method === 'HEAD' || request.method === 'OPTIONS') return
    if (!allowedOrigins.includes(origin))
      throw new AppError('forbidden', 'This origin is not allowed. An administrator can add it to ALLOWED_ORIGINS.')
  })
}

/** A number is how many proxies stand in front. */
const trusted = (proxies: ServerOptions['trustProxy']) => (typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies)

const chooseProtocol = (offered: Set<string>) => (offered.has(socketProtocol) ? socketProtocol : false)
