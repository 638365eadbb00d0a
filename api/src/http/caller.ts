import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { Caller, Origin } from '#lib/caller.ts'

export type Authenticate = (accessToken: string) => Promise<Caller & { expiresAt: Date }>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Open to anyone; every other route under /api/ needs an access token. */
    public?: boolean
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** Denies by default: a route under /api/ is closed unless its endpoint says `public`. */
export function requireCaller(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.public || !request.routeOptions.url?.startsWith('/api/')) return
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !token) throw new AppError('unauthenticated', 'Send an access token as a bearer token.')
    request.caller = await authenticate(token)
  })
}

export function signedIn(request: FastifyRequest): Caller {
  if (!request.caller) throw new AppError('unauthenticated', 'Sign in first.')
  return request.caller
}

export function originOf(request: FastifyRequest): Origin {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? '', requestId: request.id }
}
