import { type ModelTable, openAiTable, practiceTable, readModelTable } from '#features/router/index.ts'
import { openChatModels } from '#ports/models/chat-models.ts'
import type { Provider } from '#ports/models/index.ts'
import { type Config, ConfigError } from './config.ts'
import type { Ports } from './open-ports.ts'
import { readOperatorFile } from './operator-file.ts'

const outputTokensMax = 4096

/** @throws ConfigError for a fault in the file, or a provider's key that is not set */
export function modelTable(config: Config): ModelTable {
  if (!config.modelsFile) return config.provider.kind === 'practice' ? practiceTable : openAiTable
  const table = readOperatorFile('MODELS_FILE', config.modelsFile, readModelTable)
  const faults = table.providers.flatMap(({ id, apiKeyEnv }) =>
    apiKeyEnv !== undefined && !config.keyOf(apiKeyEnv) ? [`MODELS_FILE: the key of the provider "${id}" is not set: set ${apiKeyEnv}.`] : [],
  )
  if (faults.length > 0) throw new ConfigError(faults)
  return table
}

/** The chat models of the table, each at its provider, and what each may cost. */
export function openModels(table: ModelTable, { provider, outward, keyOf }: Pick<Ports, 'provider' | 'outward'> & Pick<Config, 'keyOf'>) {
  const models = new Map(table.models.map((model) => [model.id, { ...model, outputTokensMax: Math.min(model.outputTokensMax, outputTokensMax) }]))
  // An answer may go on that a model began which is no longer in the table: it is not undercharged.
  const dearest = [...models.values()].reduce((dear, model) => (model.outputMicroUsdPerMillion > dear.outputMicroUsdPerMillion ? model : dear))
  const embedding = table.embedding && { ...table.embedding, outputMicroUsdPerMillion: 0, outputTokensMax: 0 }
  const places = table.models.map(({ id, provider = ownProvider, model = id, parameters = {} }) => ({ id, provider, model, dialect: parameters }))
  return {
    modelOf: (id: string) => models.get(id) ?? (embedding?.model === id ? embedding : dearest),
    chatModels: openChatModels([{ ...provider, id: ownProvider, kind: 'openai' }, ...providersOf(table, keyOf, outward)], places),
  }
}

/** The provider of `OPENAI_…`, or the practice model. */
const ownProvider = ''

const providersOf = ({ providers }: ModelTable, keyOf: Config['keyOf'], outward: Ports['outward']): Provider[] =>
  providers.map(({ apiKeyEnv, ...provider }) => ({
    ...provider,
    apiKey: (apiKeyEnv !== undefined && keyOf(apiKeyEnv)) || '',
    ...(outward && { dispatcher: outward }),
  }))
