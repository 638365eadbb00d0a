import type { FastifyInstance } from 'fastify'

// What stands before the API has the same bounds: `scripts/deploy/body-limits.ts` compares.

export const bodyBytesMax = 1024 * 1024
/** Where clients send a whole thread, pictures in base64, many texts, or a recording, each time. */
export const longBodyBytesMax = 16 * 1024 * 1024
export const longBodyPaths = ['/api/v1/agui', '/v1/chat/completions', '/v1/responses', '/v1/embeddings', '/v1/audio/transcriptions']

/** A file of the largest plan, and what stands around it; the route itself bounds it by the plan of who sends it. */
export const uploadBytesMax = 65 * 1024 * 1024
export const uploadPaths = ['/api/v1/files']

export function takeLongBodies(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRoute', (route) => {
    if (longBodyPaths.includes(route.url)) route.bodyLimit = longBodyBytesMax
  })
}
