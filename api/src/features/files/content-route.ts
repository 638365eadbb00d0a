import { Readable } from 'node:stream'
import { isImage } from '@jarvis/contracts/files.ts'
import { Id } from '@jarvis/contracts/text.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { signedIn } from '#http/caller.ts'
import { problemType, toProblem } from '#http/problem.ts'
import { AppError } from '#lib/app-error.ts'
import { rangeOf } from './byte-range.ts'
import type { Files } from './index.ts'

/** A file's bytes, as they came. A browser may show pictures, and runs nothing that is in any of them. */
export function contentRoute(files: Pick<Files, 'get' | 'content'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'GET',
      url: '/api/v1/files/:id/content',
      compress: false,
      config: {
        who: ['person', 'key:files'],
        describes: {
          answer: {
            description: 'The bytes.',
            content: [{ mediaType: '*/*', schema: { type: 'string', contentMediaType: '*/*' }, example: 'the bytes of tides.pdf' }],
          },
        },
      },
      schema: {
        tags: ['files'],
        operationId: 'fileContent',
        summary: 'Download a file',
        description: 'Its bytes, whole or the one range that `Range` asks for. Pictures are inline, everything else is an attachment.',
        params: z.strictObject({ id: Id }),
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const ownerId = signedIn(request).owner.id
        const { name, mediaType, bytes, sha256 } = await files.get(ownerId, id)
        const tag = `"${sha256}"`
        const isCurrent = [undefined, tag].includes(request.headers['if-range'] as string | undefined)
        const range = isCurrent ? rangeOf(request.headers.range, bytes) : undefined
        void reply.header('accept-ranges', 'bytes')
        if (range === null) {
          void reply.header('content-range', `bytes */${bytes}`)
          const problem = { ...toProblem(new AppError('invalid_request', 'The file does not go so far.'), request.id), status: 416 }
          return reply.code(416).type(problemType).serializer(JSON.stringify).send(problem)
        }
        const content = await files.content(ownerId, id, range)
        void reply
          .code(range ? 206 : 200)
          .header('content-type', mediaType)
          .header('content-length', range ? range.last - range.first + 1 : bytes)
          .header('etag', tag)
          .header('content-disposition', dispositionOf(name, isImage(mediaType)))
          .header('content-security-policy', "sandbox; default-src 'none'")
          .header('cross-origin-resource-policy', 'same-origin')
          .header('cache-control', 'private, no-store')
        if (range) void reply.header('content-range', `bytes ${range.first}-${range.last}/${bytes}`)
        const stream = Readable.from(content, { objectMode: false })
        // What is sent already cannot be said otherwise: the connection ends.
        stream.once(
          'close',
          request.holdAccess((why) => stream.destroy(why)),
        )
        return reply.send(stream)
      },
    })
  }
}

/** RFC 6266: plain letters for old clients, the whole name for all others. */
function dispositionOf(name: string, isInline: boolean): string {
  const plain = name.replace(/[^\w. -]/g, '_')
  const whole = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${isInline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${whole}`
}
