import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { badRequest, faultsOf } from '#lib/plain-issues.ts'
import type { TranscriptionAsked } from './audio.ts'
import { unsupported } from './unsupported.ts'

const Fields = z.object({
  model: z.string().min(1).max(200),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/i, 'must be a code of two or three letters')
    .optional(),
  prompt: z.string().max(4096).optional(),
  temperature: z.coerce.number().min(0).max(1).optional(),
  response_format: z.enum(['json', 'text', 'verbose_json', 'srt', 'vtt', 'diarized_json']).default('json'),
  stream: z.enum(['true', 'false']).default('false'),
})
const granularities = z.array(z.enum(['word', 'segment'])).max(2)

/** The form of `POST /v1/audio/transcriptions`. @throws invalid_request */
export async function readTranscriptionForm(body: Buffer<ArrayBuffer>, contentType: string): Promise<TranscriptionAsked> {
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData().catch((cause: unknown) => {
    throw new AppError('invalid_request', 'The body is no multipart/form-data that can be read.', { cause })
  })
  const file = form.get('file')
  if (file === null || typeof file === 'string') throw invalid('file', 'is needed: the recording')
  if (file.size === 0) throw invalid('file', 'is empty')
  const texts = [...form].flatMap(([name, value]) => (typeof value === 'string' && value !== '' ? [[name, value] as const] : []))
  const read = Fields.safeParse(Object.fromEntries(texts))
  if (!read.success) throw badRequest([faultsOf(read.error)[0]!], 'The form')
  const { response_format: format, stream, ...fields } = read.data
  if (format === 'diarized_json') throw unsupported('response_format', 'Nobody here tells speakers apart: choose another response_format.')
  for (const [name, value] of texts) {
    const isRefused = /^(?:include|known_speaker_\w+)(?:\[\d*\])?$/.test(name) || (name.startsWith('chunking_strategy') && value !== 'auto')
    if (isRefused) throw unsupported(name.replace(/\[.*/, ''), `Unsupported parameter: "${name}".`)
  }
  const wanted = granularities.safeParse(texts.flatMap(([name, value]) => (/^timestamp_granularities(?:\[\d*\])?$/.test(name) ? [value] : [])))
  if (!wanted.success) throw invalid('timestamp_granularities', 'may hold "word" and "segment"')
  const isStream = stream === 'true'
  if (isStream && format !== 'json' && format !== 'text') throw unsupported('stream', 'A stream has text alone: leave response_format out.')
  return {
    ...fields,
    stream: isStream,
    format,
    granularities: wanted.data,
    file: { name: file.name || 'audio', mediaType: file.type, bytes: new Uint8Array(await file.arrayBuffer()) },
  }
}

const invalid = (path: string, message: string) => badRequest([{ path, message }], 'The form')
