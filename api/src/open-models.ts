import { type ModelTable, openAiTable, practiceTable, readModelTable } from '#features/router/index.ts'
import { createChatModel } from '#ports/models/chat-model.ts'
import type { Config } from './config.ts'
import type { Ports } from './open-ports.ts'
import { readOperatorFile } from './operator-file.ts'

const outputTokensMax = 4096

export function modelTable(config: Config): ModelTable {
  if (!config.modelsFile) return config.provider.kind === 'practice' ? practiceTable : openAiTable
  return readOperatorFile('MODELS_FILE', config.modelsFile, readModelTable)
}

/** The chat models of the table, and what each may cost. */
export function openModels(table: ModelTable, provider: Ports['provider']) {
  const models = new Map(table.models.map((model) => [model.id, { ...model, outputTokensMax: Math.min(model.outputTokensMax, outputTokensMax) }]))
  const openModel = (model: string, maxOutputTokens: number) => createChatModel({ ...provider, model, maxOutputTokens })
  const opened = new Map([...models].map(([id, model]) => [id, openModel(id, model.outputTokensMax)]))
  // An answer may go on that a model began which is no longer in the table: it is not undercharged.
  const dearest = [...models.values()].reduce((dear, model) => (model.outputMicroUsdPerMillion > dear.outputMicroUsdPerMillion ? model : dear))
  const embedding = table.embedding && { ...table.embedding, outputMicroUsdPerMillion: 0, outputTokensMax: 0 }
  return {
    ids: [...models.keys()],
    modelOf: (id: string) => models.get(id) ?? (embedding?.model === id ? embedding : dearest),
    chatModel: (id: string, tokensMax?: number) =>
      tokensMax === undefined || tokensMax === models.get(id)!.outputTokensMax ? opened.get(id)! : openModel(id, tokensMax),
  }
}
