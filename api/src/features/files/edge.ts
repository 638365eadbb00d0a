import multipart from '@fastify/multipart'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { refusal } from '#lib/refusal.ts'
import { contentRoute } from './content-route.ts'
import type { Files } from './index.ts'
import { fileIn } from '#http/file-in.ts'

export function fileRoutes(files: Files): FastifyPluginAsyncZod {
  return async (app) => {
    // The store has the bound of the plan; this one stands behind it.
    await app.register(multipart, { limits: { files: 1, fields: 10, parts: 11, fieldSize: 1000, headerPairs: 20, fileSize: Infinity } })

    app.route({
      ...endpoints.uploadFile,
      config: {
        ...endpoints.uploadFile.config,
        isSlow: true,
        describes: {
          body: {
            mediaType: 'multipart/form-data',
            example: { file: 'the bytes of tides.pdf' },
            schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } } },
          },
        },
      },
      handler: async (request, reply) => {
        if (!request.isMultipart()) throw refusal('unsupported_media_type.multipart')
        const { owner, actor } = signedIn(request)
        using arriving = fileIn(request)
        const file = await files.receive({
          owner: { id: owner.id, plan: actor.plan },
          ...(await arriving.part()),
          bytesSaid: Number(request.headers['content-length'] ?? 0),
          signal: arriving.signal,
        })
        return reply.code(201).send(file)
      },
    })
    app.route({
      ...endpoints.keepPage,
      handler: async (request, reply) => {
        const { owner, actor } = signedIn(request)
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort(new Error('Who asked is gone.')))
        return reply.code(201).send(await files.keepPage({ id: owner.id, plan: actor.plan }, request.body.url, gone.signal))
      },
    })
    app.route({
      ...endpoints.fileStorage,
      handler: async (request) => files.storage(signedIn(request).owner.id, signedIn(request).actor.plan),
    })
    app.route({ ...endpoints.readFile, handler: async (request) => files.readAgain(signedIn(request).owner.id, request.params.id) })
    app.route({ ...endpoints.stopReading, handler: async (request) => files.stopReading(signedIn(request).owner.id, request.params.id) })
    app.route({ ...endpoints.files, handler: async (request) => files.list(signedIn(request).owner.id, request.query) })
    app.route({ ...endpoints.file, handler: async (request) => files.get(signedIn(request).owner.id, request.params.id) })
    app.route({ ...endpoints.fileText, handler: async (request) => files.text(signedIn(request).owner.id, request.params.id, request.query) })
    app.route({
      ...endpoints.deleteFile,
      handler: async (request, reply) => {
        await files.remove(signedIn(request).owner.id, request.params.id)
        return reply.code(204).send(null)
      },
    })
    await app.register(contentRoute(files))
  }
}
