import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { browserSecret } from '#http/browser-secret.ts'
import { originOf, signedIn } from '#http/caller.ts'
import { admit } from '#http/rate-limit.ts'
import { refreshCookie, refreshTokensOf } from '#http/refresh-cookie.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { SignOn } from './index.ts'

export type SignOnRoutesDeps = {
  identity: SignOn
  limits: Limits
  /** Sign-ins of one address in a minute. */
  addressPerMinute: number
  secureCookies: boolean
  refreshSeconds: number
  publicUrl: string
}

/** An issuer sends one for each session that ends there; anybody could. */
const logoutsPerMinute = 600
/** A response in base64, in a form. */
const samlBytesMax = 400_000

export function signOnRoutes({
  identity,
  limits,
  addressPerMinute,
  secureCookies,
  refreshSeconds,
  publicUrl,
}: SignOnRoutesDeps): FastifyPluginAsyncZod {
  const browser = browserSecret(secureCookies)

  const limitAddress = (name: string, requestsMax: number) => (request: FastifyRequest, reply: FastifyReply) =>
    admit(limits, [{ name, key: `${name}:${addressKey(request.ip)}`, requestsMax, windowSeconds: 60 }], reply)
  const limitSignIns = limitAddress('login', addressPerMinute)

  /** The page says it: the browser is there by itself, and would show an answer as it came. */
  function failed(reply: FastifyReply, page: string, provider: string, error: AppError, requestId: string) {
    const sentence = typeof error.params?.sentence === 'string' ? error.params.sentence : error.code
    const hash = new URLSearchParams({ problem: sentence, provider, request: requestId }).toString()
    return reply.redirect(`${publicUrl}${page.split('#')[0]}#${hash}`)
  }
  const signInPage = (next: string | undefined) => (next === undefined || next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`)

  return async (app) => {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body as string))),
    )
    app.route({
      ...endpoints.beginSignOn,
      onRequest: limitSignIns,
      handler: async (request, reply) => {
        const { id } = request.params
        const { next } = request.query
        try {
          return reply.redirect(await identity.begin(id, browser.give(request, reply), next))
        } catch (error) {
          if (!(error instanceof AppError) || error.code === 'not_found') throw error
          request.log.warn({ err: error, provider: id }, 'a single sign-on could not begin')
          return failed(reply, signInPage(next), id, error, request.id)
        }
      },
    })
    /** With the cookie that a session goes on by, and one for the page, which asks for no token where there was none. */
    function arrive(reply: FastifyReply, refreshToken: string): void {
      const { name, options } = refreshCookie(secureCookies)
      void reply.setCookie(name, refreshToken, { ...options, maxAge: refreshSeconds })
      void reply.setCookie('jarvis_arrived', '1', { path: '/', sameSite: 'lax', secure: secureCookies, maxAge: 60 })
    }
    async function comeBack(request: FastifyRequest, reply: FastifyReply, id: string, state: unknown) {
      const given = { state: typeof state === 'string' ? state : '', browser: browser.read(request) }
      const { next, opened, failure, isSignIn, provider } = await identity.finish(id, request.url, given, originOf(request))
      if (failure) return failed(reply, isSignIn ? signInPage(next) : next, provider, failure, request.id)
      if (opened) arrive(reply, opened.refreshToken)
      return reply.redirect(publicUrl + next)
    }
    app.route({
      ...endpoints.finishSignOn,
      onRequest: limitSignIns,
      handler: async (request, reply) => comeBack(request, reply, request.params.id, request.query.state),
    })
    app.route({
      ...endpoints.samlFinish,
      onRequest: limitSignIns,
      handler: async (request, reply) => comeBack(request, reply, request.params.id, request.query.state),
    })
    app.route({
      ...endpoints.samlAnswer,
      onRequest: limitSignIns,
      bodyLimit: samlBytesMax,
      handler: async (request, reply) => {
        const { id } = request.params
        const { SAMLResponse: answer, RelayState: state } = request.body
        try {
          await identity.lay(id, { state, answer })
        } catch (error) {
          if (!(error instanceof AppError) || error.code === 'not_found') throw error
          return failed(reply, '/sign-in', id, error, request.id)
        }
        return reply.redirect(`${publicUrl}/api/v1/auth/saml/${encodeURIComponent(id)}/callback?state=${encodeURIComponent(state)}`, 303)
      },
    })
    app.route({
      ...endpoints.samlMetadata,
      handler: async (request, reply) => reply.type('application/samlmetadata+xml').send(identity.metadata(request.params.id)),
    })
    app.route({
      ...endpoints.signInByDirectory,
      onRequest: limitSignIns,
      handler: async (request, reply) => {
        const { refreshToken } = await identity.signInByDirectory(request.params.id, request.body, originOf(request))
        arrive(reply, refreshToken)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.backchannelLogout,
      onRequest: limitAddress('issuer_logouts', logoutsPerMinute),
      handler: async (request, reply) => {
        await identity.endByIssuer(request.params.id, request.body.logout_token, originOf(request))
        return reply.code(200).send(null)
      },
    })
    app.route({
      ...endpoints.signOut,
      handler: async (request, reply) => {
        const { name, options } = refreshCookie(secureCookies)
        let url: string | null = null
        for (const token of refreshTokensOf(request)) url = (await identity.signOut(token, originOf(request))) ?? url
        return reply.clearCookie(name, options).send({ url })
      },
    })
    app.route({
      ...endpoints.identities,
      handler: async (request) => ({ items: await identity.list(signedIn(request)), nextCursor: null }),
    })
    app.route({
      ...endpoints.linkIdentity,
      handler: async (request, reply) => {
        const { provider, next } = request.body
        return { url: await identity.beginFor(signedIn(request), provider, 'link', browser.give(request, reply), next) }
      },
    })
    app.route({
      ...endpoints.showByIdentity,
      handler: async (request, reply) => {
        const { provider, next } = request.body
        return { url: await identity.beginFor(signedIn(request), provider, 'show', browser.give(request, reply), next) }
      },
    })
    app.route({
      ...endpoints.unlinkIdentity,
      handler: async (request, reply) => {
        await identity.unlink(signedIn(request), request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    })
  }
}
