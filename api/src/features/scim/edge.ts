import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { errorCodes } from '@jarvis/contracts/errors.ts'
import { Id } from '@jarvis/contracts/text.ts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { originOf, signedIn } from '#http/caller.ts'
import { toRefusal } from '#http/problem.ts'
import { parseJson } from '#lib/parse-json.ts'
import { unstorableIn } from '#lib/storable.ts'
import { describeRefusal } from '#lib/describe-error.ts'
import {
  type By,
  describeSchemas,
  type Member,
  type Query,
  resourceOf,
  type Scim,
  scimBad,
  ScimError,
  type ScimGroup,
  type ScimPerson,
  showUser,
  versionOf,
} from './index.ts'

export type ScimRoutesDeps = { scim: Scim; publicUrl: string }

const config = { who: ['scim'] } as const
const schema = { hide: true } as const
const urn = 'urn:ietf:params:scim'
const pageMax = 200

/** Tokens of directories, for administrators. */
export function scimTokenRoutes({ tokens }: Pick<Scim, 'tokens'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.adminScimTokens, handler: async () => ({ items: await tokens.list(), nextCursor: null }) })
    app.route({
      ...endpoints.adminCreateScimToken,
      handler: async (request, reply) => reply.code(201).send(await tokens.create(signedIn(request), request.body.name, originOf(request))),
    })
    app.route({
      ...endpoints.adminDeleteScimToken,
      handler: async (request, reply) => {
        await tokens.remove(signedIn(request), request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    })
  }
}

/** RFC 7644, under `/scim/v2`. */
export function scimRoutes({ scim, publicUrl }: ScimRoutesDeps): FastifyPluginAsync {
  const base = () => `${publicUrl}/scim/v2`

  async function showPeople(people: ScimPerson[], query: unknown) {
    const groups = await scim.groupsOf(people.map(({ row }) => row.userId))
    return people.map((person) => {
      const id = person.row.userId
      const own = groups.filter(({ userId }) => userId === id).map(({ value, display }) => ({ value, display }))
      const shown = showUser({ ...resourceOf(person), ...(own.length > 0 && { groups: own }) })
      return projected({ ...shown, meta: metaOf('User', `${base()}/Users/${id}`, person.row) }, query)
    })
  }

  async function showGroups(groups: ScimGroup[], query: unknown) {
    const isBare = listOf(query, 'excludedAttributes').includes('members')
    const members = isBare ? new Map<string, Member[]>() : await scim.membersOf(groups.map(({ id }) => id))
    return groups.map((group) => {
      const { id, displayName, externalId } = group
      const shown = {
        schemas: [`${urn}:schemas:core:2.0:Group`],
        id,
        displayName,
        ...(externalId !== null && { externalId }),
        members: members.get(id),
      }
      return projected({ ...shown, meta: metaOf('Group', `${base()}/Groups/${id}`, group) }, query)
    })
  }

  const kinds = {
    Users: {
      one: async (id: string, query: unknown) => (await showPeople([await scim.user(id)], query))[0]!,
      async list(query: Query, shown: unknown) {
        const { total, people } = await scim.users(query)
        return { total, resources: await showPeople(people, shown) }
      },
      create: async (body: unknown, by: By) => (await scim.createUser(body, by)).row.userId,
      replace: scim.replaceUser,
      patch: scim.patchUser,
      remove: scim.removeUser,
    },
    Groups: {
      one: async (id: string, query: unknown) => (await showGroups([await scim.group(id)], query))[0]!,
      async list(query: Query, shown: unknown) {
        const { total, groups } = await scim.groups(query)
        return { total, resources: await showGroups(groups, shown) }
      },
      create: async (body: unknown, by: By) => (await scim.createGroup(body, by)).id,
      replace: scim.replaceGroup,
      patch: scim.patchGroup,
      remove: scim.removeGroup,
    },
  }

  return async (app) => {
    app.setErrorHandler(sendError)
    // What the router itself refuses.
    app.refusers.set(`${app.prefix}/`, sendError)
    app.setNotFoundHandler(() => {
      throw new ScimError(404, undefined, 'There is no such resource.')
    })
    app.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, body === '' ? undefined : parseJson(body as string))
      } catch (cause) {
        done(scimBad('invalidSyntax', 'The body is not JSON.', cause))
      }
    })
    app.addHook('preValidation', async ({ body }) => {
      const fault = unstorableIn(body)
      if (fault) throw scimBad('invalidValue', `${fault.path} ${fault.message}.`)
    })
    const send = (reply: FastifyReply, body: unknown, code = 200) => reply.code(code).type('application/scim+json').send(JSON.stringify(body))
    const sendOne = (reply: FastifyReply, one: { meta?: { version: string; location: string } }, code = 200) => {
      if (one.meta) void reply.headers({ etag: one.meta.version, location: one.meta.location })
      return send(reply, one, code)
    }

    for (const [name, kind] of Object.entries(kinds)) {
      const url = `/${name}`
      app.route({
        method: 'GET',
        url,
        config,
        schema,
        handler: async (request, reply) => {
          const query = queryOf(request.query)
          const { total, resources } = await kind.list(query, request.query)
          return send(reply, listed(resources, total, query.startIndex))
        },
      })
      app.route({
        method: 'POST',
        url,
        config,
        schema,
        handler: async (request, reply) => sendOne(reply, await kind.one(await kind.create(request.body, byOf(request)), request.query), 201),
      })
      app.route({
        method: 'GET',
        url: `${url}/:id`,
        config,
        schema,
        handler: async (request, reply) => {
          const one = await kind.one(idOf(request), request.query)
          return request.headers['if-none-match'] === one.meta.version ? reply.code(304).send() : sendOne(reply, one)
        },
      })
      for (const [method, act] of [
        ['PUT', kind.replace],
        ['PATCH', kind.patch],
      ] as const)
        // prettier-ignore
        app.route({
          method,
          url: `${url}/:id`,
          config,
          schema,
          handler: async (request, reply) => {
            const id = idOf(request)
            await act(id, request.body, request.headers['if-match'] ?? null, byOf(request))
            // A group of thousands is not sent back for one who came.
            if (method === 'PATCH' && name === 'Groups') return reply.code(204).send()
            return sendOne(reply, await kind.one(id, request.query))
          },
        })
      app.route({
        method: 'DELETE',
        url: `${url}/:id`,
        config,
        schema,
        handler: async (request, reply) => {
          await kind.remove(idOf(request), byOf(request))
          return reply.code(204).send()
        },
      })
    }
    const fixed = {
      '/ServiceProviderConfig': () => provider(base()),
      '/ResourceTypes': () => listed(types(base()), 2),
      '/Schemas': () => listed(describeSchemas(`${base()}/Schemas`), 3),
    }
    for (const [url, describe] of Object.entries(fixed))
      app.route({
        method: 'GET',
        url,
        config,
        schema,
        handler: async (_request, reply) => send(reply, describe()),
      })
  }
}

function idOf({ params }: FastifyRequest): string {
  const read = Id.safeParse((params as { id?: unknown }).id)
  if (!read.success) throw new ScimError(404, undefined, 'There is no such resource.')
  return read.data
}

function byOf(request: FastifyRequest): By {
  if (request.directory === null) throw new ScimError(401, undefined, 'Send a token as bearer token.')
  return { tokenId: request.directory, address: request.ip, requestId: request.id }
}

function queryOf(given: unknown): Query {
  const { filter, startIndex, count } = given as Record<string, unknown>
  const whole = (value: unknown, otherwise: number) => (typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : otherwise)
  return {
    filter: typeof filter === 'string' && filter !== '' ? filter : undefined,
    startIndex: Math.max(1, whole(startIndex, 1)),
    count: Math.min(pageMax, Math.max(0, whole(count, 100))),
  }
}

const metaOf = (
  resourceType: string,
  location: string,
  { createdAt, changedAt, version }: { createdAt: Date; changedAt: Date; version: number },
) => ({
  resourceType,
  location,
  created: createdAt.toISOString(),
  lastModified: changedAt.toISOString(),
  version: versionOf(version),
})

function listOf(query: unknown, name: string): string[] {
  const value = (query as Record<string, unknown>)[name]
  return typeof value === 'string' ? value.split(',').map((each) => each.trim().toLowerCase()) : []
}

/** What is asked for, or all but what is not; a part of an attribute stands for the whole. */
function projected<Resource extends Record<string, unknown>>(resource: Resource, query: unknown): Resource {
  const heads = (name: string) => listOf(query, name).map((path) => (path.startsWith('urn:') ? path : path.split(/[.[]/)[0]!))
  const [wanted, unwanted] = [heads('attributes'), listOf(query, 'excludedAttributes')]
  const isShown = (name: string) =>
    ['id', 'schemas', 'meta'].includes(name) || (wanted.length === 0 ? !unwanted.includes(name) : wanted.includes(name))
  return Object.fromEntries(Object.entries(resource).filter(([name]) => isShown(name.toLowerCase()))) as Resource
}

const listed = (resources: unknown[], totalResults: number, startIndex = 1) => ({
  schemas: [`${urn}:api:messages:2.0:ListResponse`],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
})

const provider = (base: string) => ({
  schemas: [`${urn}:schemas:core:2.0:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: pageMax },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Bearer token', description: 'A token of Administration.', primary: true }],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})

const types = (base: string) =>
  (['User', 'Group'] as const).map((name) => ({
    schemas: [`${urn}:schemas:core:2.0:ResourceType`],
    id: name,
    name,
    endpoint: `/${name}s`,
    schema: `${urn}:schemas:core:2.0:${name}`,
    ...(name === 'User' && { schemaExtensions: [{ schema: `${urn}:schemas:extension:enterprise:2.0:User`, required: false }] }),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  }))

function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refused = thrown instanceof ScimError ? null : toRefusal(thrown)
  request.refused = refused
  const status = thrown instanceof ScimError ? thrown.status : errorCodes[refused!.code].status
  const { message } = thrown instanceof ScimError ? thrown : refused!
  const scimType = thrown instanceof ScimError ? thrown.scimType : status === 400 ? 'invalidSyntax' : undefined
  if (status >= 500) request.log.error({ err: refused?.code === 'internal' ? refused.cause : thrown }, 'request failed')
  else request.log.debug({ refused: describeRefusal(thrown instanceof ScimError ? thrown : refused!) }, 'request refused')
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  const body = { schemas: [`${urn}:api:messages:2.0:Error`], status: String(status), ...(scimType && { scimType }), detail: message }
  void reply.code(status).type('application/scim+json').send(JSON.stringify(body))
}
