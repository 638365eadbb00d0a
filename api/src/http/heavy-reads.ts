import type { HeavyRead } from '@jarvis/contracts/endpoints.ts'
import { createShares } from '#lib/shares.ts'
import { signedIn } from './caller.ts'
import type { Server } from './server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Has a share of this process, by person, so that one person's reads starve nobody. A `search` is one only with `q`. */
    heavy?: HeavyRead
  }
  interface FastifyRequest {
    heavyPart: ((part: 'answered' | 'closed') => void) | null
  }
}

const waitMsMax = 5000
const uploadWaitMsMax = 60_000

/**
 * A heavy read waits for its place, and keeps it until its answer is made and its connection is done with it: who leaves early does not make
 * room for a second while the first still works. Refused with 429 or 503, each with Retry-After.
 */
export function registerHeavyReads(app: Server) {
  const shares = {
    search: createShares({ activeMax: 3, perPersonMax: 2, waitingMax: 60, waitingPerPersonMax: 4, waitMsMax }),
    // It computes in this process: of one person's, one at a time, so that others come in between.
    recall: createShares({ activeMax: 3, perPersonMax: 1, waitingMax: 60, waitingPerPersonMax: 5, waitMsMax }),
    report: createShares({ activeMax: 3, perPersonMax: 2, waitingMax: 60, waitingPerPersonMax: 8, waitMsMax }),
    export: createShares({ activeMax: 2, perPersonMax: 1, waitingMax: 20, waitingPerPersonMax: 1, waitMsMax }),
    // As slow as the senders' lines are.
    upload: createShares({ activeMax: 24, perPersonMax: 4, waitingMax: 200, waitingPerPersonMax: 12, waitMsMax: uploadWaitMsMax }),
  }
  app.decorateRequest('heavyPart', null)

  app.addHook('preHandler', async (request, reply) => {
    const { heavy } = request.routeOptions.config
    if (!heavy || ((heavy === 'search' || heavy === 'recall') && (request.query as { q?: string }).q === undefined)) return
    const gone = new AbortController()
    const left = () => gone.abort(new Error('The client left.'))
    reply.raw.once('close', left)
    const give = await shares[heavy].take(signedIn(request).userId, gone.signal)
    reply.raw.off('close', left)
    const open = new Set<string>(['answered', 'closed'])
    request.heavyPart = (part) => {
      open.delete(part)
      if (open.size === 0) give()
    }
    if (reply.raw.destroyed) request.heavyPart('closed')
    else reply.raw.once('close', () => request.heavyPart?.('closed'))
  })

  app.addHook('onSend', async (request, _reply, payload) => {
    request.heavyPart?.('answered')
    return payload
  })
  return shares
}
