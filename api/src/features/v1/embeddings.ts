import { z } from 'zod'
import type { PaidEmbeddings } from '#features/completions/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Access } from '#lib/principal.ts'
import { modelNotFound, requireNamed, unsupported } from './unsupported.ts'

const textsMax = 2048

export const EmbeddingsBody = z.object({
  model: z.string().min(1).max(200),
  input: z.union([z.string(), z.array(z.string()).min(1).max(textsMax), z.array(z.number()), z.array(z.array(z.number()))]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
  user: z.string().nullish(),
})
type EmbeddingsBody = z.infer<typeof EmbeddingsBody>

export type EmbeddingsDeps = { embeddings: PaidEmbeddings }

/** Vectors of texts, by the one model that this installation embeds with. */
export function createEmbedding({ embeddings }: EmbeddingsDeps) {
  return async (caller: Access, { model, input, encoding_format, dimensions }: EmbeddingsBody, signal: AbortSignal): Promise<object> => {
    if (model !== embeddings.id && model !== embeddings.model && model !== 'auto') throw modelNotFound(model)
    requireNamed(caller, embeddings.model)
    const texts = textsOf(input)
    const tooLong = texts.findIndex((text) => text.length > embeddings.charactersMax)
    if (tooLong !== -1) {
      const message = `A text may have at most ${embeddings.charactersMax} characters here: cut it up.`
      throw new AppError('invalid_request', message, { errors: [{ path: Array.isArray(input) ? `input.${tooLong}` : 'input', message }] })
    }
    const { vectors, inputTokens } = await embeddings.embedCounted({ payer: caller.payer, actorId: caller.userId }, texts, signal)
    if (dimensions && vectors[0]!.length !== dimensions) throw unsupported('dimensions', `Vectors have ${vectors[0]!.length} dimensions here.`)
    return {
      object: 'list',
      model: embeddings.model,
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encoding_format === 'base64' ? inBase64(vector) : vector })),
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    }
  }
}

function textsOf(input: EmbeddingsBody['input']): string[] {
  const texts = typeof input === 'string' ? [input] : input
  if (!texts.every((text) => typeof text === 'string'))
    throw unsupported('input', 'Send text, not numbers of tokens: they mean something else to each model.')
  if (texts.some((text) => text === ''))
    throw new AppError('invalid_request', 'A text to embed may not be empty.', { errors: [{ path: 'input', message: 'holds an empty text' }] })
  return texts
}

/** Little-endian 32-bit floats, as OpenAI's own clients ask for them. */
function inBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
