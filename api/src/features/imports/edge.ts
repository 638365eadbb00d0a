import multipart from '@fastify/multipart'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { importBytesMax } from '@jarvis/contracts/imports.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { fileIn } from '#http/file-in.ts'
import { refusal } from '#lib/refusal.ts'
import type { Imports } from './index.ts'

/** What a multipart request has around its file. */
const aroundBytesMax = 64 * 1024

export function importRoutes(imports: Imports): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(multipart, { limits: { files: 1, fields: 10, parts: 11, fieldSize: 1000, headerPairs: 20, fileSize: Infinity } })
    app.route({ ...endpoints.imports, handler: async (request) => imports.list(signedIn(request)) })
    app.route({ ...endpoints.import, handler: async (request) => imports.get(signedIn(request), request.params.id) })
    app.route({
      ...endpoints.createImport,
      config: {
        ...endpoints.createImport.config,
        isSlow: true,
        describes: {
          body: {
            mediaType: 'multipart/form-data',
            example: { file: 'the bytes of conversations.json' },
            schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } } },
          },
        },
      },
      handler: async (request, reply) => {
        if (!request.isMultipart()) throw refusal('unsupported_media_type.multipart')
        using arriving = fileIn(request)
        if (Number(request.headers['content-length'] ?? 0) > importBytesMax + aroundBytesMax)
          throw refusal('file_too_large.installation', { megabytesMax: importBytesMax / 1024 / 1024, bytesMax: importBytesMax })
        return reply.code(202).send(await imports.create(signedIn(request), { ...(await arriving.part()), signal: arriving.signal }))
      },
    })
  }
}
