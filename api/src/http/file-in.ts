import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
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

/** The file of an upload, and what ends it: a sender who leaves, falls silent or loses their access. */
export function fileIn(request: FastifyRequest): { part(): Promise<ArrivingFile>; signal: AbortSignal } & Disposable {
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
