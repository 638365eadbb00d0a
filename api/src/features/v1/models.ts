import type { PaidEmbeddings } from '#features/completions/index.ts'
import type { Router } from '#features/router/index.ts'
import type { Access } from '#lib/principal.ts'
import { jarvis } from './jarvis.ts'
import { modelNotFound } from './unsupported.ts'

type ModelObject = { id: string; object: 'model'; created: number; owned_by: string }

/** What a caller may name as `model`. */
export function createModels({ router, embeddings }: { router: Pick<Router, 'modelsOf' | 'audioOf'>; embeddings: Pick<PaidEmbeddings, 'model'> }) {
  function models({ plan, apiKey }: Access): ModelObject[] {
    const chat = router.modelsOf(plan).map(({ id, provider }) => [id, provider ?? jarvis] as const)
    const audio = router.audioOf(plan).map(({ id, provider }) => [id, provider ?? jarvis] as const)
    // When a model was made, nobody here knows.
    const all = [...chat, ['auto', jarvis] as const, [jarvis, jarvis] as const, [embeddings.model, jarvis] as const, ...audio]
    const named = apiKey?.models
    return all
      .filter(([id]) => !named || named.includes(id))
      .map(([id, owner]) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: owner,
      }))
  }

  return {
    models,
    /** @throws model not found */
    model(caller: Access, id: string): ModelObject {
      const found = models(caller).find((model) => model.id === id)
      if (!found) throw modelNotFound(id)
      return found
    },
  }
}
