import { parseJson } from '#lib/parse-json.ts'
import { object } from './codec.ts'
import type { MadePicture, PictureModel, Provider } from './index.ts'
import { ProviderError } from './provider-error.ts'
import { createPost, heardIn } from './provider-post.ts'
import { readText } from './read-text.ts'

/** A picture of 24 MiB in base64, and what stands around it. */
const answerBytesMax = 33 * 1024 * 1024

/**
 * A model that makes pictures, at a provider that does so as OpenAI. `asksForBase64`: it would answer with an address otherwise, and
 * no address of a provider's is fetched. @throws ProviderError
 */
export function createPictureModel(provider: Provider, model: string, { asksForBase64 = false } = {}): PictureModel {
  const post = createPost(provider, model, aboutPictures)
  return {
    provider: provider.id,
    host: new URL(provider.baseUrl).host,

    async make({ prompt, size, quality }, signal) {
      const body = { model, prompt, n: 1, size, quality, ...(asksForBase64 && { response_format: 'b64_json' }) }
      const call = await post('/images/generations', JSON.stringify(body), signal)
      try {
        const text = await readText(heardIn(call.response.body, call.heard), answerBytesMax + 1)
        if (text.length > answerBytesMax) throw new ProviderError('upstream_failed.too_long', {}, { lost: true })
        return pictureIn(text)
      } catch (error) {
        throw call.failure(error)
      } finally {
        call.end()
        call.stop.abort()
      }
    },
  }
}

function pictureIn(text: string): MadePicture {
  const answer = object(parseJson(text))
  const [first] = Array.isArray(answer?.data) ? (answer.data as unknown[]) : []
  const base64 = object(first)?.b64_json
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined
  if (!bytes?.length) throw new ProviderError('upstream_failed.unreadable', {}, { lost: true })
  const { input_tokens: counted } = object(answer?.usage) ?? {}
  return { bytes, inputTokens: typeof counted === 'number' && counted >= 0 ? counted : null }
}

/** What the provider does not draw, and what it does not take, in words that fit. */
function aboutPictures(refused: ProviderError): ProviderError {
  const { status = 0, cause } = refused
  if (refused.code === 'content_filtered') return new ProviderError('content_filtered.picture', {}, { cause, status, isFinal: true })
  if (![400, 413, 422].includes(status) || refused.code === 'provider_quota') return refused
  return new ProviderError('invalid_request.picture', { status }, { cause, status, isFinal: true })
}
