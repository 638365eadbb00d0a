import type { ChatModel, Dialect, Provider } from './index.ts'
import { createOpenAiModel } from './openai.ts'

/** A model of the table: which provider has it, and under which name. */
export type ModelAt = { id: string; provider: string; model: string; dialect: Partial<Dialect> }

const adapters: Record<Provider['kind'], (provider: Provider, model: ModelAt) => ChatModel> = {
  openai: (provider, { model, dialect }) => createOpenAiModel({ ...provider, model, dialect }),
}

/** Every model by its id, on the adapter of its provider's protocol. */
export function openChatModels(providers: readonly Provider[], models: readonly ModelAt[]): Map<string, ChatModel> {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  return new Map(
    models.map((model) => {
      const provider = byId.get(model.provider)!
      return [model.id, adapters[provider.kind](provider, model)]
    }),
  )
}
