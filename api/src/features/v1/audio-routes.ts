import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { goneOf } from '#http/gone-of.ts'
import { type SseEvent, sendSse } from '#http/sse.ts'
import { AppError } from '#lib/app-error.ts'
import { errorOf, firstSignMs } from './answer-stream.ts'
import { SpeechBody, type Transcription } from './audio.ts'
import { readTranscriptionForm } from './audio-form.ts'
import type { createEntrance } from './entrance.ts'
import type { V1 } from './index.ts'
import { audioDescriptions } from './audio-shapes.ts'
import { opened } from './telling.ts'

type AudioRoutesDeps = { v1: V1; enter: ReturnType<typeof createEntrance>; security: string }

/** No answer of these is kept for a repeat. */
const config = { who: ['key:v1'], isStream: true } as const
const multipart = 'multipart/form-data'

/** What hears and speaks, as OpenAI’s audio API has it. */
export function audioRoutes({ v1, enter, security }: AudioRoutesDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.addContentTypeParser(multipart, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    app.route({
      method: 'POST',
      url: '/audio/transcriptions',
      config: { ...config, describes: audioDescriptions.transcription },
      schema: {
        tags: ['v1'],
        operationId: 'createTranscription',
        summary: 'Write down what is said',
        description: `As OpenAI’s transcriptions. What the provider bills a minute of sound costs. ${security}`,
      },
      handler: async (request, reply) => {
        const type = request.headers['content-type'] ?? ''
        if (!Buffer.isBuffer(request.body)) throw new AppError('invalid_request', `Send the recording as ${multipart}.`)
        const asked = await readTranscriptionForm(request.body as Buffer<ArrayBuffer>, type)
        const caller = await enter.window(request, reply)
        const work = () => v1.audio.transcribe(caller, asked, goneOf(request, reply))
        if (asked.stream) {
          const events = await opened(transcriptEvents(work), firstSignMs)
          return await sendSse(
            request,
            reply,
            async () => events,
            (problem) => ({ data: JSON.stringify({ error: errorOf(problem) }) }),
          )
        }
        const { text, json } = await work()
        return json ?? reply.type('text/plain; charset=utf-8').send(text)
      },
    })

    app.route({
      method: 'POST',
      url: '/audio/speech',
      config: { ...config, describes: audioDescriptions.speech },
      schema: {
        tags: ['v1'],
        operationId: 'createSpeech',
        summary: 'Say a text',
        description: `As OpenAI’s speech; the sound comes while it is made. What costs is the text. ${security}`,
        body: SpeechBody,
      },
      handler: async (request, reply) => {
        const caller = await enter.window(request, reply)
        const { mediaType, body } = await v1.audio.speak(caller, request.body, goneOf(request, reply))
        return await reply.type(mediaType).send(Readable.from(body, { objectMode: false }))
      },
    })
  }
}

/** Providers hear a recording as a whole; who waits for a stream gets its words as one piece. */
async function* transcriptEvents(work: () => Promise<Transcription>): AsyncGenerator<SseEvent[]> {
  const { text, usage } = await work()
  const event = (value: object) => ({ data: JSON.stringify(value) })
  yield [
    event({ type: 'transcript.text.delta', delta: text }),
    event({ type: 'transcript.text.done', text, ...('input_tokens' in usage && { usage }) }),
    { data: '[DONE]' },
  ]
}
