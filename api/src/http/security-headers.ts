import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** Pages load nothing from anywhere else, and no inline script or style runs. */
export async function registerSecurityHeaders(app: FastifyInstance, { https, listens }: { https: boolean; listens: boolean }): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: true } : false,
  })
  const policy = `camera=(), display-capture=(), geolocation=(), microphone=(${listens ? 'self' : ''}), payment=(), usb=()`
  app.addHook('onRequest', async (_request, reply) => void reply.header('permissions-policy', policy))
}
