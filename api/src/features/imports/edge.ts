import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { importBytesMax } from '@jarvis/contracts/imports.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { fileBody, fileIn, takeFiles } from '#http/file-in.ts'
import { refusal } from '#lib/refusal.ts'
import type { Imports } from './index.ts'

export function importRoutes(imports: Imports): FastifyPluginAsyncZod {
  return async (app) => {
    await takeFiles(app)
    app.route({ ...endpoints.imports, handler: async (request) => imports.list(signedIn(request)) })
    app.route({ ...endpoints.import, handler: async (request) => imports.get(signedIn(request), request.params.id) })
    app.route({
      ...endpoints.createImport,
      config: {
        ...endpoints.createImport.config,
        isSlow: true,
        describes: { body: fileBody('the bytes of conversations.json') },
      },
      handler: async (request, reply) => {
        using arriving = fileIn(request)
        if (arriving.bytesSaid > importBytesMax)
          throw refusal('file_too_large.installation', { megabytesMax: importBytesMax / 1024 / 1024, bytesMax: importBytesMax })
        return reply.code(202).send(await imports.create(signedIn(request), { ...(await arriving.part()), signal: arriving.signal }))
      },
    })
  }
}
