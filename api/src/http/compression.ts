import compress from '@fastify/compress'
import type { FastifyInstance } from 'fastify'

/** Below this an answer fits into a packet as it is. */
const bytesMin = 1024

/**
 * JSON is compressed, if the client can read it. An answer that holds a secret beside what a caller chose is not: its length would reveal the
 * secret. Event streams are not either, for they must arrive as they are written.
 */
export async function registerCompression(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/api/v1/auth/') || route.config?.tellsSecret) route.compress = false
  })
  await app.register(compress, { global: true, threshold: bytesMin, encodings: ['br', 'gzip'], customTypes: /^application\/(problem\+)?json(;|$)/ })
}
