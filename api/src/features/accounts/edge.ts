import type { Instance } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { browserSecret } from '#http/browser-secret.ts'
import { originOf, signedIn } from '#http/caller.ts'
import { sendJsonStream } from '#http/json-stream.ts'
import { admit } from '#http/rate-limit.ts'
import { refreshCookie, refreshTokensOf } from '#http/refresh-cookie.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { Accounts, SignIn } from './index.ts'
import { refreshLifetimeSeconds } from './sessions.ts'

export { factorRoutes } from './factor-edge.ts'

export type AccountRoutesDeps = {
  accounts: Accounts
  limits: Limits
  /** Sign-ins, registrations, and renewals that no account is known for, of one address in a minute. */
  addressPerMinute: Record<'login' | 'register' | 'refresh', number>
  secureCookies: boolean
  instance(): Promise<Pick<Instance, 'version' | 'practiceModel' | 'billing' | 'branding'>>
  /** Returns whether nothing is left to do. */
  erase(caller: Caller, origin: Origin): Promise<boolean>
  /** What is long in it is an async iterable. */
  exportAll(caller: Caller): Promise<Record<string, unknown>>
}

/** Every page renews its token when it opens: a person with many of them stays far below. */
const renewalsPerMinute = 120
/** Forgotten passwords, and links of letters, of one address: what an office of 2,000 needs, and no more. */
const linksPerMinute = 120

export function accountRoutes(deps: AccountRoutesDeps): FastifyPluginAsyncZod {
  const { accounts, limits, addressPerMinute } = deps
  const { name: cookieName, options: cookieOptions } = refreshCookie(deps.secureCookies)

  const browser = browserSecret(deps.secureCookies)

  const limitAddress = (name: keyof typeof addressPerMinute) => (request: FastifyRequest, reply: FastifyReply) =>
    admit(limits, [{ name, key: `${name}:${addressKey(request.ip)}`, requestsMax: addressPerMinute[name], windowSeconds: 60 }], reply)

  const limitLinks = (request: FastifyRequest, reply: FastifyReply) =>
    admit(limits, [{ name: 'links', key: `links:${addressKey(request.ip)}`, requestsMax: linksPerMinute, windowSeconds: 60 }], reply)

  /** By account where there is one: however many share an address, none of them keeps another's session from going on. */
  async function limitRefresh(token: string | undefined, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const owner = token === undefined ? null : await accounts.ownerOf(token)
    if (owner === null) return await limitAddress('refresh')(request, reply)
    await admit(limits, [{ name: 'refresh', key: `refresh:of:${owner}`, requestsMax: renewalsPerMinute, windowSeconds: 60 }], reply)
  }

  /** The refresh token goes into a cookie that scripts cannot read, or, when asked for, into the body. */
  function answer(reply: FastifyReply, { refreshToken, ...signedIn }: SignIn, transport: 'cookie' | 'body') {
    if (transport === 'body') return { ...signedIn, refreshToken }
    void reply.setCookie(cookieName, refreshToken, { ...cookieOptions, maxAge: refreshLifetimeSeconds })
    return signedIn
  }

  const presented = (request: FastifyRequest, body: { refreshToken?: string | undefined } | null | undefined) =>
    body?.refreshToken === undefined ? refreshTokensOf(request) : [body.refreshToken]

  return async (app) => {
    app.route({
      ...endpoints.instance,
      handler: async () => ({ name: 'Jarvis', ...(await deps.instance()), ...(await accounts.instance()) }),
    })
    app.route({
      ...endpoints.register,
      onRequest: limitAddress('register'),
      handler: async (request, reply) => {
        const signedIn = await accounts.register(request.body, originOf(request))
        return reply.code(201).send(answer(reply, signedIn, request.query.transport))
      },
    })
    app.route({
      ...endpoints.login,
      onRequest: limitAddress('login'),
      handler: async (request, reply) =>
        answer(reply, await accounts.login(request.body, originOf(request), browser.read(request)), request.query.transport),
    })
    app.route({
      ...endpoints.beginPasskeySignIn,
      onRequest: limitAddress('login'),
      handler: async (request, reply) =>
        accounts.factors.passkeys.request(browser.give(request, reply), request.body?.secondFactor ? 'second' : 'alone'),
    })
    app.route({
      ...endpoints.signInByPasskey,
      onRequest: limitAddress('login'),
      handler: async (request, reply) => {
        const shown = { answer: request.body, browser: browser.read(request) }
        return answer(reply, await accounts.loginByPasskey(shown, originOf(request)), request.query.transport)
      },
    })
    app.route({
      ...endpoints.refresh,
      handler: async (request, reply) => {
        const [token, ...others] = presented(request, request.body)
        await limitRefresh(token, request, reply)
        if (!token) throw new AppError('unauthenticated', 'There is no session to refresh. Sign in.')
        // One of them may have been planted by another host of the domain. Ours stays, lest the other one be alone.
        if (others.length > 0)
          throw new AppError('unauthenticated', `The browser sent ${cookieName} more than once. Delete the cookies of this site and sign in.`)
        try {
          return answer(reply, await accounts.refresh(token, originOf(request)), request.query.transport)
        } catch (error) {
          if (error instanceof AppError && error.code === 'unauthenticated') void reply.clearCookie(cookieName, cookieOptions)
          throw error
        }
      },
    })
    app.route({
      ...endpoints.logout,
      handler: async (request, reply) => {
        for (const token of presented(request, request.body)) await accounts.logout(token, originOf(request))
        return reply.clearCookie(cookieName, cookieOptions).code(204).send(null)
      },
    })
    app.route({
      ...endpoints.sessions,
      handler: async (request) => ({ items: await accounts.sessions(signedIn(request)), nextCursor: null }),
    })
    app.route({
      ...endpoints.endSession,
      handler: async (request, reply) => {
        await accounts.endSession(signedIn(request), request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.changePassword,
      handler: async (request, reply) => {
        await accounts.changePassword(signedIn(request), request.body, originOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.apiKeys,
      handler: async (request) => ({ items: await accounts.apiKeys(signedIn(request)), nextCursor: null }),
    })
    app.route({
      ...endpoints.createApiKey,
      handler: async (request, reply) => reply.code(201).send(await accounts.createApiKey(signedIn(request), request.body, originOf(request))),
    })
    app.route({
      ...endpoints.deleteApiKey,
      handler: async (request, reply) => {
        await accounts.deleteApiKey(signedIn(request), request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.signInMethods, handler: () => accounts.methods() })
    app.route({
      ...endpoints.forgotPassword,
      onRequest: limitLinks,
      handler: async (request, reply) => {
        await accounts.forgot(request.body.email, originOf(request))
        return reply.code(202).send(null)
      },
    })
    app.route({
      ...endpoints.askToRegister,
      onRequest: limitAddress('register'),
      handler: async (request, reply) => {
        await accounts.askToRegister(request.body.email, originOf(request))
        return reply.code(202).send(null)
      },
    })
    app.route({
      ...endpoints.showInvitation,
      onRequest: limitLinks,
      handler: async (request) => accounts.invitations.show(request.body.invitation),
    })
    app.route({
      ...endpoints.resetPassword,
      onRequest: limitLinks,
      handler: async (request, reply) => {
        await accounts.reset(request.body.token, request.body.password, originOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.verifyEmail,
      onRequest: limitLinks,
      handler: async (request, reply) => {
        await accounts.confirmEmail(request.body.token, originOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.askToVerifyEmail,
      handler: async (request, reply) => {
        await accounts.askToVerify(signedIn(request), originOf(request))
        return reply.code(202).send(null)
      },
    })
    app.route({
      ...endpoints.reauthenticate,
      handler: async (request, reply) => {
        await accounts.reauthenticate(signedIn(request), request.body, originOf(request), browser.read(request))
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.me, handler: async (request) => accounts.me(signedIn(request)) })
    app.route({
      ...endpoints.updateMe,
      handler: async (request) => accounts.updateMe(signedIn(request), request.body, originOf(request)),
    })
    app.route({
      ...endpoints.deleteMe,
      handler: async (request, reply) => {
        await accounts.requireRecent(signedIn(request))
        const isDone = await deps.erase(signedIn(request), originOf(request))
        return reply
          .clearCookie(cookieName, cookieOptions)
          .code(isDone ? 204 : 202)
          .send(null)
      },
    })
    app.route({
      ...endpoints.exportMe,
      handler: async (request, reply) => {
        void reply.header('content-disposition', 'attachment; filename="jarvis-export.json"')
        return sendJsonStream(reply, await deps.exportAll(signedIn(request)))
      },
    })
  }
}
