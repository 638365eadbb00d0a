import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { originOf, signedIn } from '#http/caller.ts'
import { goneOf } from '#http/gone-of.ts'
import { groupRoutes } from './group-routes.ts'
import type { Actor, Organisations } from './index.ts'

const whoAsks = (request: FastifyRequest): Pick<Actor, 'userId' | 'origin'> => {
  const { address, requestId } = originOf(request)
  return { userId: signedIn(request).userId, origin: { address, requestId } }
}
/** What they are in the organisation, the door has looked up. */
const actorOf = (request: FastifyRequest): Actor => ({ ...whoAsks(request), role: request.organisationRole! })
/** What others used and may use is for owners. */
const seenBy = (request: FastifyRequest) => ({ seesAll: request.organisationRole === 'owner', userId: signedIn(request).userId })

export function organisationRoutes(organisations: Organisations): FastifyPluginAsyncZod {
  const { budget, groups, invitations, members } = organisations
  return async (app) => {
    await app.register(groupRoutes(groups, actorOf))
    app.route({
      ...endpoints.organisations,
      handler: async (request) => ({ items: await organisations.of(signedIn(request).userId), nextCursor: null }),
    })
    app.route({
      ...endpoints.createOrganisation,
      handler: async (request, reply) => reply.code(201).send(await organisations.create(request.body.name, whoAsks(request))),
    })
    app.route({ ...endpoints.organisation, handler: async (request) => organisations.one(signedIn(request).userId, request.params.id) })
    app.route({
      ...endpoints.updateOrganisation,
      handler: async (request) => organisations.rename(request.params.id, request.body.name, actorOf(request)),
    })
    app.route({
      ...endpoints.deleteOrganisation,
      handler: async (request, reply) => {
        await organisations.remove(request.params.id, actorOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.organisationMembers,
      handler: async (request) => members.list(request.params.id, request.query, seenBy(request)),
    })
    app.route({
      ...endpoints.updateMember,
      handler: async (request) => {
        const { id, userId } = request.params
        await members.change(id, userId, request.body, actorOf(request))
        return await members.one(id, userId, seenBy(request))
      },
    })
    app.route({
      ...endpoints.removeMember,
      handler: async (request, reply) => {
        const { id: organisationId, userId } = request.params
        await members.remove({ organisationId, userId, shared: request.query.shared }, actorOf(request), goneOf(request, reply))
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.memberInvitations,
      handler: async (request) => ({ items: await invitations.list(request.params.id), nextCursor: null }),
    })
    app.route({
      ...endpoints.inviteMember,
      handler: async (request, reply) => reply.code(201).send(await invitations.invite(request.params.id, request.body, actorOf(request))),
    })
    app.route({
      ...endpoints.revokeMemberInvitation,
      handler: async (request, reply) => {
        await invitations.revoke(request.params.id, request.params.invitationId, actorOf(request))
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.showMemberInvitation, handler: async (request) => invitations.show(request.body.invitation) })
    app.route({
      ...endpoints.joinOrganisation,
      handler: async (request) => {
        const { userId, origin } = whoAsks(request)
        return await organisations.one(userId, await invitations.join(request.body.invitation, userId, origin))
      },
    })
    app.route({ ...endpoints.organisationBudget, handler: async (request) => budget.read(request.params.id) })
    app.route({
      ...endpoints.updateOrganisationBudget,
      handler: async (request) => budget.change(request.params.id, request.body.ceilingMicroUsd, actorOf(request)),
    })
    app.route({ ...endpoints.adminOrganisations, handler: async (request) => organisations.administered.list(request.query) })
    app.route({
      ...endpoints.adminUpdateOrganisation,
      handler: async (request) => organisations.administered.change(request.params.id, request.body, whoAsks(request)),
    })
  }
}
