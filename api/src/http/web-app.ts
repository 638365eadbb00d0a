import { existsSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { AppError } from '#lib/app-error.ts'

const forBrowser = /^\/(?!api\/|docs|v1\/|openapi\.json|healthz|readyz|metrics)/

/** The built web app: hashed assets for a year, and the page itself, never cached, at every path that is a page of it. */
export async function registerWebApp(app: FastifyInstance, directory: string): Promise<void> {
  const built = existsSync(join(directory, 'index.html'))
  if (built) {
    await app.openToAnyone(() =>
      app.register(staticFiles, {
        root: directory,
        wildcard: false,
        index: false,
        // Written at build, beside each file that is worth it.
        preCompressed: true,
        setHeaders: (reply, path) => {
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
