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
          if (path.startsWith(frame)) loosen(reply)
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

/**
 * The page that draws diagrams runs in a frame without an origin, so its scripts come as to a stranger. It may run them and style itself; it
 * reaches nothing: no network, no storage, no page but its own.
 */
function loosen(reply: FastifyReply): void {
  reply.raw.removeHeader('x-frame-options')
  void reply.headers({
    'access-control-allow-origin': '*',
    'content-security-policy':
      "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    'x-dns-prefetch-control': 'off',
  })
}
