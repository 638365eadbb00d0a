import { isAtLeast, type OrganisationRole } from '@jarvis/contracts/organisations.ts'
import { Id } from '@jarvis/contracts/text.ts'
import type { MayCall, Who } from '@jarvis/contracts/who.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import type { Access, Principal } from '#lib/principal.ts'
import { refusal } from '#lib/refusal.ts'
import type { AccessWatch, Whose } from '#ports/access/index.ts'
import { type Authenticate, type AuthenticateDirectory, bearerOf } from './caller.ts'
import { isOperator, type OperatorTerms } from './operator.ts'

export type DoorRoute = { method: string; url: string; who: MayCall }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. One that does not say so stops the start. */
    who?: MayCall
    /** Open to somebody who has to set up a second factor first. */
    beforeFactor?: boolean
    /** Open to somebody who has to accept the terms first; what is open before a factor is, too. */
    beforeTerms?: boolean
  }
  interface FastifyInstance {
    /** Every route that is registered, but for the HEAD of a GET. */
    doorRoutes: DoorRoute[]
    /** What a library registers meanwhile is open to anyone: it cannot say so itself. */
    openToAnyone(register: () => PromiseLike<unknown>): Promise<void>
  }
  interface FastifyRequest {
    /** Its body had not come when the door was passed. */
    isStillComing: boolean
    /** To be called once it has. */
    bodyCame: (() => void) | null
    caller: (Access & { expiresAt: Date | null }) | null
    /** The token of the directory that asks. */
    directory: string | null
    /** What the caller is in the organisation that the route is about. */
    organisationRole: OrganisationRole | null
    /** For what outlives the door: `end` is called once the caller's access is no more, with what to say of it. Returns a function that lets go. */
    holdAccess(end: (why: AppError) => void): () => void
  }
}

/** Denies by default: from here on each route says who may call it. */
export function requireWho(app: FastifyInstance): void {
  let assumed: MayCall | undefined
  app.decorate('doorRoutes', [])
  app.decorate('openToAnyone', async (register) => {
    assumed = ['anyone']
    try {
      await register()
    } finally {
      assumed = undefined
    }
  })
  app.addHook('onRoute', (route) => {
    const who = route.config?.who ?? assumed
    const methods = [route.method].flat()
    if (!who) throw new Error(`${methods.join(', ')} ${route.url} does not say who may call it: give its endpoint a \`who\`.`)
    route.config = { ...route.config, who }
    app.doorRoutes.push(...methods.filter((method) => method !== 'HEAD').map((method) => ({ method, url: route.url, who })))
  })
}

/** What somebody is in an organisation; null where they are not in it, or it is none. */
export type RoleIn = (userId: string, organisationId: string) => Promise<OrganisationRole | null>

/** Lets in whom the route names. Without a `who` nobody is let in. */
export type DoorOptions = {
  authenticate: Authenticate
  hold: AccessWatch['hold']
  operator: OperatorTerms
  authenticateDirectory: AuthenticateDirectory
  roleIn: RoleIn
}

export function keepDoor(app: FastifyInstance, { authenticate, hold, operator, authenticateDirectory, roleIn }: DoorOptions): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('directory', null)
  app.decorateRequest('organisationRole', null)
  app.decorateRequest('isStillComing', false)
  app.decorateRequest('bodyCame', null)
  app.decorateRequest('knownAs', null)
  app.decorateRequest('refused', null)
  app.decorateRequest('holdAccess', function (end) {
    const { caller } = this
    if (!caller) return () => {}
    const { who = [] } = this.routeOptions.config
    const asAdmin = who.length > 0 && who.every((each) => each === 'admin')
    return hold({ userId: caller.userId, viaId: caller.via.id, asAdmin }, (whose) => end(whyEnded(caller, whose)), { until: keyEnd(caller) })
  })
  app.addHook('onRequest', async (request, reply) => {
    // There is nothing to protect, and the answer says so to anyone.
    if (request.is404) return
    request.caller = await enter(request)
    request.isStillComing = !request.raw.complete
    if (request.isStillComing) request.bodyCame = endWithAccess(request, reply)
  })
  // A body may take its time to come: who lost their access, or their role, meanwhile does nothing any more.
  app.addHook('preValidation', async (request) => {
    request.bodyCame?.()
    if (request.isStillComing && (request.caller || request.directory)) request.caller = await enter(request)
  })

  async function enter(request: FastifyRequest): Promise<FastifyRequest['caller']> {
    const { who = [], ...before }: Before & { who?: readonly Who[] } = request.routeOptions.config
    if (who.includes('anyone')) return null
    if (who.includes('operator')) {
      if (isOperator(request, operator)) return null
      throw new AppError('not_found', `There is nothing at ${request.method} ${request.routeOptions.url}.`)
    }
    if (who.includes('scim')) {
      request.directory = await authenticateDirectory(bearerOf(request))
      return null
    }
    const access = await authenticate(bearerOf(request))
    request.knownAs = access
    requireAccess(who, access, before)
    const least = leastRole(who)
    if (least) request.organisationRole = await enterOrganisation(least, access.userId, (request.params as { id: string }).id)
    return access
  }

  /** @throws not_found to who is not in it, forbidden */
  async function enterOrganisation(least: OrganisationRole, userId: string, organisationId: string): Promise<OrganisationRole> {
    const role = Id.safeParse(organisationId).success ? await roleIn(userId, organisationId) : null
    if (!role) throw new AppError('not_found', 'There is no such organisation.')
    if (!isAtLeast(role, least)) throw refusal('forbidden.organisation', { role: least })
    return role
  }
}

const leastRole = (who: readonly Who[]): OrganisationRole | undefined =>
  who.includes('member') ? 'member' : who.includes('member:admin') ? 'admin' : who.includes('member:owner') ? 'owner' : undefined

/** Nobody waits for the rest of a body that would be refused when it is whole. Returns a function that says that it came. */
function endWithAccess(request: FastifyRequest, reply: FastifyReply): () => void {
  const letGo = request.holdAccess((why) => {
    if (!reply.sent) void reply.header('connection', 'close').send(why)
  })
  reply.raw.once('close', letGo)
  return letGo
}

function whyEnded({ via }: Pick<Principal, 'via'>, whose: Whose): AppError {
  if (whose === 'person') return refusal('unauthenticated.not_active')
  if (whose === 'admin') return needsAdmin()
  return refusal(via.kind === 'key' ? 'unauthenticated.key_ended' : 'unauthenticated.session_ended')
}

const needsAdmin = () => new AppError('forbidden', 'This needs the role admin.')

/** An access token is for the door alone: what it began goes on with its session. */
export const keyEnd = ({ via, expiresAt }: Pick<Access, 'via'> & { expiresAt: Date | null }) => (via.kind === 'key' ? expiresAt : null)

type Before = { beforeFactor?: boolean; beforeTerms?: boolean }

/** @throws forbidden, factor_required, terms_required */
export function requireAccess(
  who: readonly Who[],
  { actor, via, mustEnrol, termsUrl }: Pick<Access, 'actor' | 'via' | 'mustEnrol' | 'termsUrl'>,
  { beforeFactor = false, beforeTerms = beforeFactor }: Before = {},
): void {
  if (mustEnrol && !beforeFactor) throw refusal('factor_required')
  // Who governs can take back what everybody is asked: nobody is locked out.
  const governs = who.includes('admin') && via.kind === 'session' && actor.role === 'admin'
  if (termsUrl !== undefined && !beforeTerms && !governs) throw refusal('terms_required', { url: termsUrl })
  if (via.kind === 'key') {
    if (who.some((each) => each === 'key' || via.scopes.some((scope) => each === `key:${scope}`))) return
    const scopes = who.flatMap((each) => (each.startsWith('key:') ? [each.slice(4)] : []))
    if (scopes.length > 0) throw new AppError('forbidden', `This API key is not for this: it needs the scope ${scopes.join(' or ')}.`)
    throw new AppError('forbidden', 'An API key cannot be used for this. Sign in and use the access token.')
  }
  if (who.includes('person') || leastRole(who) || (who.includes('admin') && actor.role === 'admin')) return
  if (who.includes('admin')) throw needsAdmin()
  throw new AppError('forbidden', 'Use an API key here: make one in the settings.')
}

/** The routes as a table in Markdown: which, and who may call them. */
export function whoTable(routes: readonly DoorRoute[]): string {
  const rows = routes
    .map(({ method, url, who }) => [`\`${method} ${url}\``, who.map((each) => `\`${each}\``).join(', ')] as const)
    .toSorted(([a], [b]) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : a < b ? -1 : 1))
  const widths = [0, 1].map((at) => Math.max(3, ...rows.map((row) => row[at]!.length)))
  const line = (cells: readonly string[], fill = ' ') => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!, fill)).join(' | ')} |`
  return [line(['route', 'who']), line(['', ''], '-'), ...rows.map((row) => line(row))].join('\n')
}

const pathOf = (cell: string) => cell.split(' ')[1]!
