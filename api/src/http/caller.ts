import type { FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { By, Origin } from '#lib/caller.ts'
import type { Access } from '#lib/principal.ts'

/** Takes an access token or an API key; `expiresAt` is null for a key that does not expire. */
export type Authenticate = (token: string) => Promise<Access & { expiresAt: Date | null }>

/** Takes the token of a directory; returns its id. */
export type AuthenticateDirectory = (token: string) => Promise<string>

/** @throws unauthenticated */
export function bearerOf(request: FastifyRequest): string {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !token) throw new AppError('unauthenticated', 'Send an access token or an API key as a bearer token.')
  return token
}

export function signedIn(request: FastifyRequest): Access {
  if (!request.caller) throw new AppError('unauthenticated', 'Sign in first.')
  return request.caller
}

/** Of `Accept-Language`: what browsers send is shorter. */
const languageMax = 200

export function originOf(request: FastifyRequest): Origin {
  const { 'user-agent': userAgent = '', 'accept-language': language } = request.headers
  return { address: request.ip, userAgent, requestId: request.id, language: language?.slice(0, languageMax) }
}

export const by = (request: FastifyRequest): By & { caller: Access } => ({ caller: signedIn(request), origin: originOf(request) })
