import { createHash } from 'node:crypto'
import { ApiError } from './http.ts'

const defaultDimensions = 256
const inputsMax = 2048

/** A hashed bag of words of unit length: texts that share words are near, and equal texts are equal on every machine. */
export function embedWords(text: string, dimensions = defaultDimensions): number[] {
  const vector = Array.from({ length: dimensions }, () => 0)
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']
  for (const word of words) {
    const hash = createHash('sha256').update(word).digest()
    const at = hash.readUInt32LE(0) % dimensions
    vector[at]! += hash[4]! & 1 ? 1 : -1
  }
  const length = Math.hypot(...vector)
  if (length === 0) vector[0] = 1
  return length === 0 ? vector : vector.map((value) => value / length)
}

export function embeddingsAnswer(body: Record<string, unknown>) {
  const { input, dimensions = defaultDimensions, model, encoding_format: encoding } = body
  const texts = typeof input === 'string' ? [input] : input
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > inputsMax || !texts.every((text) => typeof text === 'string')) {
    throw new ApiError(400, `'input' must be a string or an array of 1 to ${inputsMax} strings.`, null, 'input')
  }
  if (typeof dimensions !== 'number' || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > 4096) {
    throw new ApiError(400, "'dimensions' must be an integer from 1 to 4096.", null, 'dimensions')
  }
  const tokens = texts.reduce((sum: number, text: string) => sum + Math.ceil(text.length / 4), 0)
  return {
    object: 'list',
    data: texts.map((text: string, index) => {
      const vector = embedWords(text, dimensions)
      return {
        object: 'embedding',
        index,
        embedding: encoding === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector,
      }
    }),
    model: typeof model === 'string' ? model : 'practice-embeddings',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}
