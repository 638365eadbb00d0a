import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { by } from '#http/caller.ts'
import { sendTextStream } from '#http/json-stream.ts'
import type { Admin } from './index.ts'

export function adminRoutes(admin: Admin): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({ ...endpoints.adminUsers, handler: async (request) => admin.users(request.query) })
    app.route({ ...endpoints.adminAddUser, handler: async (request, reply) => reply.code(201).send(await admin.addUser(by(request), request.body)) })
    app.route({
      ...endpoints.adminEraseUser,
      handler: async (request, reply) => {
        const isDone = await admin.eraseUser(by(request), request.params.id)
        return reply.code(isDone ? 204 : 202).send(null)
      },
    })
    app.route({
      ...endpoints.adminSessions,
      handler: async (request) => ({ items: await admin.sessionsOf(by(request), request.params.id), nextCursor: null }),
    })
    app.route({
      ...endpoints.adminEndSessions,
      handler: async (request, reply) => {
        await admin.endSessionsOf(by(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.adminUpdateUser, handler: async (request) => admin.updateUser(by(request), request.params.id, request.body) })
    app.route({ ...endpoints.adminInvitations, handler: async () => ({ items: await admin.invitations(), nextCursor: null }) })
    app.route({ ...endpoints.adminInvite, handler: async (request, reply) => reply.code(201).send(await admin.invite(by(request), request.body)) })
    app.route({ ...endpoints.adminInviteMany, handler: async (request) => admin.inviteMany(by(request), request.body) })
    app.route({
      ...endpoints.adminRevokeInvitation,
      handler: async (request, reply) => {
        await admin.revokeInvitation(by(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({
      ...endpoints.adminEndPassword,
      handler: async (request) => admin.endPassword(by(request), request.params.id, request.body ?? {}),
    })
    app.route({
      ...endpoints.adminResetFactors,
      handler: async (request, reply) => {
        await admin.resetFactors(by(request), request.params.id)
        return reply.code(204).send(null)
      },
    })
    app.route({ ...endpoints.adminUsage, handler: async (request) => admin.usage(request.query) })
    app.route({ ...endpoints.adminHealth, handler: async () => admin.health() })
    app.route({ ...endpoints.adminGuard, handler: async () => admin.guardReport() })
    app.route({ ...endpoints.adminUpdateGuard, handler: async (request) => admin.updateGuard(by(request), request.body) })
    app.route({ ...endpoints.adminGuardVerdicts, handler: async (request) => admin.guardVerdicts(request.query) })
    app.route({ ...endpoints.adminTryGuard, handler: async (request) => admin.tryGuard(by(request), request.body) })
    app.route({ ...endpoints.adminStats, handler: async () => admin.stats() })
    app.route({ ...endpoints.adminAudit, handler: async (request) => admin.auditEntries(request.query) })
    app.route({
      ...endpoints.adminExportAudit,
      handler: async (request, reply) => {
        const { format } = request.query
        const lines = await admin.exportAudit(by(request), request.query)
        void reply.header('content-disposition', `attachment; filename="jarvis-audit.${format}"`)
        return sendTextStream(reply, lines, format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8')
      },
    })
    app.route({ ...endpoints.adminVerifyAudit, handler: async () => admin.verifyAudit() })
    app.route({ ...endpoints.adminSettings, handler: async () => admin.settings() })
    app.route({ ...endpoints.adminUpdateSettings, handler: async (request) => admin.updateSettings(by(request), request.body) })
    app.route({ ...endpoints.adminTools, handler: async () => ({ items: await admin.tools(), nextCursor: null }) })
    app.route({ ...endpoints.adminSetTool, handler: async (request) => admin.setTool(by(request), request.params.name, request.body) })
  }
}
