import { Readable } from 'node:stream'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { SayBody, speechUrl, TranscriptionQuery, transcriptionsUrl } from '@jarvis/contracts/voice.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signedIn } from '#http/caller.ts'
import { goneOf } from '#http/gone-of.ts'
import { admit } from '#http/rate-limit.ts'
import { refusal } from '#lib/refusal.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { WindowsOf } from '#ports/limits/rate-limit.ts'
import { recordingTypes, type Voice } from './index.ts'

/** No answer of these is kept for a repeat. */
const config = { who: ['person'], isStream: true } as const
const sound = { type: 'string', format: 'binary' } as const

export function voiceRoutes({ voice, limits, windowsOf }: { voice: Voice; limits: Limits; windowsOf: WindowsOf }): FastifyPluginAsyncZod {
  return async (app) => {
    app.addContentTypeParser(/^audio\//, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    app.route({ ...endpoints.voice, handler: async (request) => voice.offered(signedIn(request)) })

    app.route({
      method: 'POST',
      url: transcriptionsUrl,
      config: {
        ...config,
        describes: {
          isLimited: true,
          body: { mediaType: 'audio/webm', example: '(the bytes of a recording)', schema: sound },
          answer: {
            description: 'What was said.',
            content: [
              {
                mediaType: 'application/json',
                schema: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } },
                example: { text: 'When is high tide?' },
              },
            ],
          },
        },
      },
      schema: {
        tags: ['voice'],
        operationId: 'writeDown',
        summary: 'Write down what is said',
        description: 'The body is a recording, of 1 MiB at most: WebM, Ogg, MP4, MP3 or WAV, as its type says. It is kept nowhere.',
        querystring: TranscriptionQuery,
      },
      handler: async (request, reply) => {
        const caller = signedIn(request)
        const mediaType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
        if (!Buffer.isBuffer(request.body) || !recordingTypes.includes(mediaType)) throw refusal('unsupported_media_type.recording')
        await admit(limits, windowsOf(caller), reply)
        const bytes = new Uint8Array(request.body as Buffer<ArrayBuffer>)
        return await voice.transcribe(caller, { bytes, mediaType, language: request.query.language }, goneOf(request, reply))
      },
    })

    app.route({
      method: 'POST',
      url: speechUrl,
      config: {
        ...config,
        describes: {
          isLimited: true,
          bodyExample: { text: 'High tide is at noon.', voice: 'alloy', speed: 1 },
          answer: { description: 'The sound.', content: [{ mediaType: 'audio/*', schema: sound, example: '(the bytes of an MP3)' }] },
        },
      },
      schema: {
        tags: ['voice'],
        operationId: 'sayText',
        summary: 'Say a text',
        description: 'The sound comes while it is made. What costs is the text.',
        body: SayBody,
      },
      handler: async (request, reply) => {
        const caller = signedIn(request)
        await admit(limits, windowsOf(caller), reply)
        const { mediaType, body } = await voice.speak(caller, request.body, goneOf(request, reply))
        return await reply.type(mediaType).send(Readable.from(body, { objectMode: false }))
      },
    })
  }
}
