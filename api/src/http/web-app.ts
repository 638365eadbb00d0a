import { existsSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { AppError } from '#lib/app-error.ts'

const forBrowser = /^\/(?!api\/|docs|v1\/|openapi\.json|healthz|readyz|metrics)/

/** The built web app: hashed assets for a year, and the page itself, never cached, at every path that is a page of it. */
export async function registerWebApp(app: FastifyInstance, directory: string): Promise<void> {
  const built = existsSync(join(directory, 'index.html'))
  const frame = join(directory, 'frame/')
  if (built) {
    await app.openToAnyone(() =>
      app.register(staticFiles, {
        root: directory,
        wildcard: false,
        index: false,
        // Written at build, beside each file that is worth it.
        preCompressed: true,
        setHeaders: (reply, path) => {
          if (path.startsWith(frame)) loosen(reply, path === join(frame, 'artifact.html') ? artifactPolicy : drawingPolicy)
          void reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
        },
      }),
    )
  }
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?')
    // Of what asks for the root, a health check or curl, few say that they read HTML.
    const wantsPage =
      ['GET', 'HEAD'].includes(request.method) && (path === '/' || (request.headers.accept?.includes('text/html') && forBrowser.test(request.url)))
    if (built && wantsPage) return reply.header('cache-control', 'no-cache').sendFile('index.html')
    throw new AppError('not_found', `There is nothing at ${request.method} ${path}.`)
  })
}

const stranger = "sandbox allow-scripts; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; style-src 'unsafe-inline'"
const drawingPolicy = `${stranger}; script-src 'self'; img-src data:`
/** Of a page that a model wrote: it may run what is in it. */
const artifactPolicy = `${stranger}; script-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src data: blob:; font-src data:; media-src data: blob:`

/**
 * What draws, or shows a page that a model wrote, runs in a frame without an origin, so its scripts come as to a stranger. It may run them and
 * style itself; it reaches nothing: no network, no storage, no page but its own.
 */
function loosen(reply: FastifyReply, policy: string): void {
  reply.raw.removeHeader('x-frame-options')
  void reply.headers({
    'access-control-allow-origin': '*',
    'content-security-policy': policy,
    'x-dns-prefetch-control': 'off',
  })
}
