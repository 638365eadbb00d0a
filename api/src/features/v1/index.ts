import type { PaidEmbeddings } from '#features/completions/index.ts'
import type { Router } from '#features/router/index.ts'
import type { Database } from '#ports/database/index.ts'
import { type AudioDeps, createAudio } from './audio.ts'
import { type AnsweringDeps, createAnswering } from './answering.ts'
import { createEmbedding } from './embeddings.ts'
import { createJarvis, type JarvisDeps } from './jarvis.ts'
import { createKeptCompletions } from './kept-completions.ts'
import { createKeptResponses } from './kept-responses.ts'
import { createModels } from './models.ts'

export { createCacheSharing } from './cache-sharing.ts'
export { keptBytesMax } from './kept-responses.ts'
export { createResponseCache } from './response-cache.ts'
export type V1Deps = AnsweringDeps & AudioDeps & JarvisDeps & Pick<Database, 'db'> & { router: Router; embeddings: PaidEmbeddings }
export type V1 = ReturnType<typeof createV1>

/**
 * Models as a service, in OpenAI's words: a program that has a key asks a model, embeds texts, or talks to the whole assistant. All of it passes
 * the same guard, router, limits and ledger as what people write.
 */
export function createV1(deps: V1Deps) {
  return {
    ...createAnswering(deps),
    assistant: createJarvis(deps),
    audio: createAudio(deps),
    embed: createEmbedding(deps),
    completions: createKeptCompletions(deps),
    responses: createKeptResponses(deps),
    ...createModels(deps),
  }
}
