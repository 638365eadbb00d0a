import type { IncomingMessage } from 'node:http'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'

/** Between two pieces of an upload, and for all of it. */
const silenceMsMax = 30_000
const uploadMsMax = 15 * 60_000

/** What is refused early still has to come, for a browser reads no answer while it sends; and the connection waits for it. */
function drain(request: IncomingMessage): void {
  if (request.complete) return
  request.unpipe()
  request.resume()
  const timer = setTimeout(() => request.destroy(), silenceMsMax).unref()
  request.once('close', () => clearTimeout(timer))
}

type ArrivingFile = { name: string | undefined; content: AsyncIterable<Uint8Array> }

/** What the parser of forms cannot read is the sender's fault: its errors have neither a class nor a code of their own. */
const asRefusal = (error: unknown) =>
  error instanceof Error && error.constructor === Error && !('code' in error) ? refusal('invalid_request.form', {}, { cause: error }) : error

async function* readable(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content
  } catch (error) {
    throw asRefusal(error)
  }
}

/** What a multipart request has around its file. */
const aroundBytesMax = 64 * 1024

/** For routes that take one file. How large it may be is theirs to say. */
export async function takeFiles(app: FastifyInstance): Promise<void> {
  await app.register(multipart, { limits: { files: 1, fields: 10, parts: 11, fieldSize: 1000, headerPairs: 20, fileSize: Infinity } })
}

/** What the description of the API says of such a body; `example` stands for the bytes. */
export const fileBody = (example: string) => ({
  mediaType: 'multipart/form-data' as const,
  example: { file: example },
  schema: {
    type: 'object' as const,
    required: ['file'],
    properties: { file: { type: 'string' as const, contentMediaType: 'application/octet-stream' } },
  },
})

/** `bytesSaid`: the sender says that there are as many at least. */
type Arriving = { part(): Promise<ArrivingFile>; bytesSaid: number; signal: AbortSignal }

/** The file of an upload, and what ends it: a sender who leaves, falls silent or loses their access. @throws unsupported_media_type */
export function fileIn(request: FastifyRequest): Arriving & Disposable {
  if (!request.isMultipart()) throw refusal('unsupported_media_type.multipart')
  const stop = new AbortController()
  const left = () => request.raw.complete || stop.abort(new AppError('invalid_request', 'The upload was broken off.'))
  const tooSlow = () => stop.abort(new AppError('invalid_request', 'The upload did not come in time. Send it again.'))
  const letGo = request.holdAccess((why) => stop.abort(why))
  const silence = setTimeout(tooSlow, silenceMsMax)
  const whole = setTimeout(tooSlow, uploadMsMax)
  const heard = () => void silence.refresh()
  request.raw.on('data', heard)
  request.raw.once('close', left)
  return {
    signal: stop.signal,
    bytesSaid: Math.max(0, Number(request.headers['content-length'] ?? 0) - aroundBytesMax),

    /** @throws invalid_request when there is none */
    async part() {
      try {
        for await (const part of request.parts()) {
          if (part.type === 'file' && part.fieldname === 'file') return { name: part.filename, content: readable(part.file) }
          if (part.type === 'file') part.file.resume()
        }
      } catch (error) {
        throw asRefusal(error)
      }
      throw refusal('invalid_request.file_missing')
    },

    [Symbol.dispose]() {
      clearTimeout(silence)
      clearTimeout(whole)
      letGo()
      request.raw.off('data', heard)
      request.raw.off('close', left)
      drain(request.raw)
    },
  }
}
