import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { goneOf } from '#http/gone-of.ts'
import { contentRoute } from './content-route.ts'
import type { Files } from './index.ts'
import { fileBody, fileIn, takeFiles } from '#http/file-in.ts'

export function fileRoutes(files: Files): FastifyPluginAsyncZod {
  return async (app) => {
    // The store has the bound of the plan; this one stands behind it.
    await takeFiles(app)

    app.route({
      ...endpoints.uploadFile,
      config: {
        ...endpoints.uploadFile.config,
        isSlow: true,
        describes: { body: fileBody('the bytes of tides.pdf') },
      },
      handler: async (request, reply) => {
        const { owner, actor } = signedIn(request)
        using arriving = fileIn(request)
        const file = await files.receive({
          owner: { id: owner.id, plan: actor.plan },
          ...(await arriving.part()),
          bytesSaid: arriving.bytesSaid,
          signal: arriving.signal,
        })
        return reply.code(201).send(file)
      },
    })
    app.route({
      ...endpoints.keepPage,
      handler: async (request, reply) => {
        const { owner, actor } = signedIn(request)
        return reply.code(201).send(await files.keepPage({ id: owner.id, plan: actor.plan }, request.body.url, goneOf(request, reply)))
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
