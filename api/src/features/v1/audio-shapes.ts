import { z } from 'zod'
import type { RouteDescription } from '#http/openapi.ts'
import { receiptExample, Receipt, refusal, schemaOf } from './shapes.ts'

const Transcription = z.looseObject({
  text: z.string(),
  usage: z.looseObject({ type: z.enum(['duration', 'tokens']) }).optional(),
  receipt: Receipt.optional(),
})
const binary = { type: 'string', format: 'binary' } as const
const string = { type: 'string' } as const

export const audioDescriptions = {
  transcription: {
    isLimited: true,
    refusal,
    body: {
      mediaType: 'multipart/form-data',
      description: 'The recording, of 16 MiB at most with all the rest, and what is wished.',
      example: { file: '(the bytes of hello.mp3)', model: 'whisper-1', response_format: 'json' },
      schema: {
        type: 'object',
        required: ['file', 'model'],
        properties: {
          file: binary,
          model: { ...string, description: 'An id of `GET /v1/models`, or `auto`.' },
          language: string,
          prompt: { ...string, maxLength: 4096 },
          temperature: { type: 'number', minimum: 0, maximum: 1 },
          response_format: { ...string, enum: ['json', 'text', 'verbose_json', 'srt', 'vtt'], default: 'json' },
          'timestamp_granularities[]': { type: 'array', items: { ...string, enum: ['word', 'segment'] } },
          stream: { type: 'boolean', default: false },
        },
      },
    },
    answer: {
      description: 'What is said; as text where `response_format` is `text`, `srt` or `vtt`, and with `stream` as events.',
      content: [
        {
          mediaType: 'application/json',
          schema: schemaOf(Transcription),
          example: { text: 'Hello!', usage: { type: 'duration', seconds: 2 }, receipt: receiptExample },
        },
        { mediaType: 'text/plain', schema: string, example: 'Hello!' },
        { mediaType: 'text/event-stream', schema: string, example: 'data: {"type":"transcript.text.delta","delta":"Hello!"}\n\ndata: [DONE]\n\n' },
      ],
    },
  },
  speech: {
    isLimited: true,
    refusal,
    bodyExample: { model: 'tts-1', input: 'Hello!', voice: 'alloy' },
    answer: { description: 'The sound.', content: [{ mediaType: 'audio/*', schema: binary, example: '(the bytes of an MP3)' }] },
  },
} satisfies Record<string, RouteDescription>
