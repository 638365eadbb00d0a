import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AppError } from '#lib/app-error.ts'
import type { RecordAlone } from '#lib/audit-event.ts'
import type { Access } from '#lib/principal.ts'
import type { Limits } from '#ports/limits/index.ts'
import { originOf } from './caller.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key or token it came with, also where that does not open the route. */
    knownAs: Access | null
    /** What was answered instead. */
    refused: AppError | null
  }
}

/** A program that asks on and on is one row in this time, for each route. */
const rowSeconds = 3600

/** What of a key's refusals an administrator wants to know; null for all else. */
function actionOf({ code, params }: AppError): string | null {
  if (code === 'forbidden' || code === 'model_not_allowed') return 'api_key.denied'
  return params?.limit === 'spend.key' && params.sentence !== 'ceiling_reached.busy' ? 'api_key.budget_met' : null
}

/** Audits what a key was refused; never throws. `route` is the route, or the frame of a socket. */
export type AuditKeyRefusal = (request: FastifyRequest, refused: { access: Access; error: AppError; route: string }) => Promise<void>

/** Audits that a key was refused what it is not for, and that its budget is met: routes by themselves, frames of sockets by what is returned. */
export function auditKeyRefusals(app: FastifyInstance, { limits, audit }: { limits: Limits; audit: RecordAlone }): AuditKeyRefusal {
  const record: AuditKeyRefusal = async (request, { access: { via, userId }, error, route }) => {
    const action = via.kind === 'key' ? actionOf(error) : null
    if (action === null) return
    try {
      const [admission] = await limits.admit([{ key: `audit:${via.id}:${action}:${route}`, requestsMax: 1, windowSeconds: rowSeconds }])
      if (!admission?.admitted) return
      const { address, requestId } = originOf(request)
      await audit({ action, actorId: userId, target: via.id, address, requestId, details: { code: error.code, route } })
    } catch (error) {
      request.log.error({ err: error }, 'a refusal of a key could not be audited')
    }
  }
  app.addHook('onResponse', async (request) => {
    const { knownAs, refused } = request
    if (knownAs && refused) await record(request, { access: knownAs, error: refused, route: `${request.method} ${request.routeOptions.url}` })
  })
  return record
}
