import type { Readable } from 'node:stream'
import { FormData } from 'undici'
import { parseJson } from '#lib/parse-json.ts'
import { object } from './codec.ts'
import type { AudioModel, Provider, SpeechWish, TranscriptionWish } from './index.ts'
import { type Call, createPost, heardIn } from './provider-post.ts'
import { ProviderError } from './provider-error.ts'
import { readText } from './read-text.ts'

const transcriptBytesMax = 16 * 1024 * 1024
/** An hour and a half of speech, uncompressed. */
export const speechBytesMax = 256 * 1024 * 1024
const speechMsMax = 30 * 60_000

/** What a provider hears in ten seconds it counts as a hundred tokens. */
export const audioTokensPerSecond = 10

/** A model that hears or speaks, at a provider that does so as OpenAI. @throws ProviderError */
export function createAudioModel(provider: Provider, model: string): AudioModel {
  const post = createPost(provider, model, aboutSound)

  return {
    provider: provider.id,
    host: new URL(provider.baseUrl).host,

    async transcribe(wish, signal) {
      const call = await post('/audio/transcriptions', formOf(wish, model), signal)
      try {
        const text = await readText(heardIn(call.response.body, call.heard), transcriptBytesMax + 1)
        if (Buffer.byteLength(text) > transcriptBytesMax) throw new ProviderError('upstream_failed.too_long', {}, { lost: true })
        return transcriptOf(text, wish.format)
      } catch (error) {
        throw call.failure(error)
      } finally {
        call.end()
        call.stop.abort()
      }
    },

    async speak(wish, signal) {
      const call = await post('/audio/speech', JSON.stringify(speechBody(wish, model)), signal)
      const { body } = call.response
      return { mediaType: call.mediaType || 'application/octet-stream', body: bounded(body, call) }
    },
  }
}

/** What is wrong with the request is for who made it, in words that fit. */
function aboutSound(refused: ProviderError, path: string): ProviderError {
  const { status = 0, cause } = refused
  if (![400, 413, 415, 422].includes(status) || refused.code === 'provider_quota' || refused.code === 'content_filtered') return refused
  return new ProviderError(path.endsWith('speech') ? 'invalid_request.speech' : 'invalid_request.audio', { status }, { cause, status, isFinal: true })
}

/** Piece by piece, as slowly as it is read; what is too long, silent or let go ends the request. */
async function* bounded(body: Readable, { heard, failure, end, stop }: Call): AsyncGenerator<Uint8Array> {
  let bytes = 0
  const longest = setTimeout(() => stop.abort(new ProviderError('upstream_timeout', {}, { lost: true })), speechMsMax)
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > speechBytesMax) throw new ProviderError('upstream_failed.too_long', {}, { lost: true })
      heard()
      yield chunk
      // Who listens slowly is no silence of the provider.
      heard()
    }
  } catch (error) {
    throw failure(error)
  } finally {
    clearTimeout(longest)
    end()
    stop.abort()
  }
}

function formOf(wish: TranscriptionWish, model: string): FormData {
  const form = new FormData()
  form.set('model', model)
  const { file, language, prompt, temperature, granularities = [] } = wish
  if (language !== undefined) form.set('language', language)
  if (prompt !== undefined) form.set('prompt', prompt)
  if (temperature !== undefined) form.set('temperature', String(temperature))
  // As text the words come without what they cost.
  form.set('response_format', wish.format === 'text' ? 'json' : wish.format)
  for (const granularity of granularities) form.append('timestamp_granularities[]', granularity)
  form.set('file', new Blob([file.bytes], { type: file.mediaType }), file.name)
  return form
}

const speechBody = ({ text, voice, format, speed, instructions }: SpeechWish, model: string) => ({
  model,
  input: text,
  voice,
  response_format: format,
  speed,
  instructions,
})

function transcriptOf(text: string, format: TranscriptionWish['format']) {
  if (format === 'srt' || format === 'vtt') return { text, whole: null, seconds: lastTime(text) }
  const whole = object(parseJson(text))
  if (typeof whole?.text !== 'string') throw new ProviderError('upstream_failed.unreadable', {}, { lost: true })
  return { text: whole.text, whole, seconds: secondsOf(whole) }
}

/** As the provider billed it, in one of the ways in which they say so. */
function secondsOf({ usage, duration }: Record<string, unknown>): number | null {
  const { seconds, input_tokens: inputTokens, input_token_details: details } = object(usage) ?? {}
  const audioTokens = Number(object(details)?.audio_tokens ?? inputTokens ?? NaN)
  const known = [seconds, duration].map(Number).find((value) => value > 0) ?? audioTokens / audioTokensPerSecond
  return Number.isFinite(known) && known > 0 ? known : null
}

/** Of the last cue: nobody says more. */
function lastTime(cues: string): number | null {
  const last = [...cues.matchAll(/--> (?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})/g)].at(-1)
  if (!last) return null
  const [, hours = '0', minutes, seconds, thousandths] = last
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths) / 1000
}
