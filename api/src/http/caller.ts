import { isOpenToApiKeys } from '@jarvis/contracts/api-keys.ts'
import type { Role } from '@jarvis/contracts/plans.ts'
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { Origin } from '#lib/caller.ts'
import type { Access } from '#lib/principal.ts'

/** Takes an access token or an API key; `expiresAt` is null for a key that does not expire. */
export type Authenticate = (token: string) => Promise<Access & { expiresAt: Date | null }>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Open to anyone; every other route under /api/ needs an access token or an API key. */
    public?: boolean
  }
  interface FastifyRequest {
    caller: Access | null
  }
}

/** Denies by default: a route under /api/ is closed unless its endpoint says `public`, and to API keys unless the contract opens it to them. */
export function requireCaller(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const { url, config } = request.routeOptions
    if (config.public || !url?.startsWith('/api/')) return
    const caller = await authenticate(bearerOf(request))
    if (caller.apiKey && !isOpenToApiKeys(request.method, url))
      throw new AppError('forbidden', 'An API key cannot be used for this. Sign in and use the access token.')
    request.caller = caller
  })
}

/** @throws unauthenticated */
export function bearerOf(request: FastifyRequest): string {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !token) throw new AppError('unauthenticated', 'Send an access token or an API key as a bearer token.')
  return token
}

/** A hook for the routes of one role. */
export function requireRole(role: Role): onRequestAsyncHookHandler {
  return async (request) => {
    if (signedIn(request).role !== role) throw new AppError('forbidden', `This needs the role ${role}.`)
  }
}

export function signedIn(request: FastifyRequest): Access {
  if (!request.caller) throw new AppError('unauthenticated', 'Sign in first.')
  return request.caller
}

export function originOf(request: FastifyRequest): Origin {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? '', requestId: request.id }
}
