import { Id } from '@jarvis/contracts/text.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { signedIn } from '#http/caller.ts'
import { AppError } from '#lib/app-error.ts'
import type { ScreenshotStore } from './screenshots.ts'
import { screenshotsPath } from './screenshot-url.ts'

export function screenshotRoutes(screenshots: Pick<ScreenshotStore, 'read'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'GET',
      url: `${screenshotsPath}/:id`,
      config: {
        who: ['person', 'key:chat'],
        describes: {
          answer: { description: 'The picture.', content: [{ mediaType: 'image/jpeg', schema: { type: 'string', contentMediaType: 'image/jpeg' } }] },
        },
      },
      schema: {
        tags: ['chat'],
        operationId: 'screenshot',
        summary: 'A picture of a page',
        description: 'What a page looked like to the browser tool, as JPEG, for its owner; kept for a day. Fetch it with the access token.',
        params: z.strictObject({ id: Id }),
      },
      handler: async (request, reply) => {
        const jpeg = await screenshots.read(signedIn(request).userId, request.params.id)
        if (!jpeg) throw new AppError('not_found', 'There is no such picture. Pictures of pages are kept for a day.')
        return reply
          .header('content-type', 'image/jpeg')
          .header('cache-control', 'private, no-store')
          .header('content-security-policy', "default-src 'none'; sandbox")
          .send(Buffer.from(jpeg))
      },
    })
  }
}
