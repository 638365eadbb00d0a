import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import { sha256 } from '#lib/ids.ts'
import type { Server } from './server.ts'

export type StoredAnswer = { request: string; status: number | null; body: string | null }

/** Where first answers are kept. `claim` returns null to the first asker and what is stored to every later one. */
export type IdempotencyStore = {
  claim(userId: string, key: string, request: string): Promise<StoredAnswer | null>
  keep(userId: string, key: string, answer: { status: number; body: string }): Promise<void>
  release(userId: string, key: string): Promise<void>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer holds a secret that is told once: it is not kept, and a repeat is refused. */
    tellsSecret?: boolean
    /** It always answers with a stream, or with what is no JSON: the answer is not kept. */
    isStream?: boolean
  }
  interface FastifyRequest {
    idempotency: { userId: string; key: string } | null
  }
}

const keyCharactersMax = 255
const pollMs = 50
const waitMsMax = 10_000

/** A repeat that comes while the first request is at work waits for its answer. */
async function firstAnswer(store: IdempotencyStore, userId: string, key: string, fingerprint: string): Promise<StoredAnswer | null> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const first = await store.claim(userId, key, fingerprint)
    if (!first || first.status !== null || waitedMs >= waitMsMax) return first
    await wait(pollMs)
  }
}

/** A stream is not kept. */
const isStreamed = ({ routeOptions, body }: FastifyRequest) =>
  routeOptions.config.isStream || (typeof body === 'object' && body !== null && 'stream' in body && body.stream === true)

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) on every POST of a signed-in person: a repeat gets the first answer.
 * A refusal is not kept, so that the request may be mended and sent again.
 */
export function registerIdempotency(app: Server, store: IdempotencyStore): void {
  app.decorateRequest('idempotency', null)

  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || key === undefined || !request.caller || isStreamed(request)) return
    if (typeof key !== 'string' || key.length === 0 || key.length > keyCharactersMax) {
      throw new AppError('invalid_request', `Idempotency-Key must have 1 to ${keyCharactersMax} characters.`)
    }
    const { userId } = request.caller
    const fingerprint = sha256(`${request.url}\n${JSON.stringify(request.body ?? null)}`)
    const first = await firstAnswer(store, userId, key, fingerprint)
    if (!first) {
      request.idempotency = { userId, key }
      return
    }
    if (first.request !== fingerprint) throw new AppError('conflict', 'This Idempotency-Key was used for another request.')
    if (first.status === null)
      throw new AppError('conflict', 'The first request with this Idempotency-Key is still at work.', { retryAfterSeconds: 1 })
    if (request.routeOptions.config.tellsSecret)
      throw new AppError('conflict', 'The first request with this Idempotency-Key was done, and its answer is told only once.')
    void reply.header('idempotency-replayed', 'true')
    return reply
      .code(first.status)
      .type('application/json; charset=utf-8')
      .serializer((body: string) => body)
      .send(first.body ?? '')
  })

  app.addHook('onSend', async (request, reply, payload) => {
    if (!request.idempotency) return payload
    const { userId, key } = request.idempotency
    if (reply.statusCode >= 400 || typeof payload !== 'string') await store.release(userId, key)
    else await store.keep(userId, key, { status: reply.statusCode, body: request.routeOptions.config.tellsSecret ? '' : payload })
    return payload
  })
}
