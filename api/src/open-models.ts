import { microUsdPerPictureUnit } from '#features/completions/index.ts'
import { type AudioEntry, type ModelTable, ownProvider, type PictureEntry } from '#features/router/index.ts'
import type { Price } from '#lib/money.ts'
import { type Lessons, openChatModels } from '#ports/models/chat-models.ts'
import { capabilitiesOf } from '#ports/models/dialects.ts'
import type { AudioModel, ChatModel, PictureModel, Provider } from '#ports/models/index.ts'
import { audioTokensPerSecond, createAudioModel } from '#ports/models/provider-audio.ts'
import { createPictureModel } from '#ports/models/provider-pictures.ts'
import type { Ports } from './open-ports.ts'

/** An answer's limit, thinking included where a model thinks. */
const outputTokensMax = { plain: 4096, reasoning: 16_384 }

type KeyOf = (provider: ModelTable['providers'][number]) => string
type Priced = Price & { outputTokensMax: number }
type Opened = {
  models: Map<string, Priced>
  chatModels: Map<string, ChatModel>
  audioModels: Map<string, AudioModel>
  pictureModels: Map<string, PictureModel>
}

/** The chat models of the table as it is now, each at its provider, and what each may cost. What refusals taught is shared. */
export function openModels(
  source: { table(): ModelTable; keyOf: KeyOf; lessons: Lessons },
  { provider, outward }: Pick<Ports, 'provider' | 'outward'>,
) {
  let opened: { table: ModelTable } & Opened = { table: source.table(), ...open(source.table()) }

  function open(table: ModelTable): Opened {
    const own: Provider = { ...provider, id: ownProvider, kind: 'openai' }
    const providers = [own, ...providersOf(table, source.keyOf, outward)]
    const kindOf = (id: string) => providers.find((one) => one.id === id)!.kind
    const places = table.models.map(({ id, provider = ownProvider, model = id, parameters, capabilities, firstTokenSeconds, idleSeconds }) => ({
      id,
      provider,
      model,
      dialect: { ...parameters, ...capabilities },
      firstTokenSeconds,
      idleSeconds,
    }))
    const models = table.models.map(({ id, provider = ownProvider, model = id, prices, capabilities = {}, ...entry }): [string, Priced] => {
      const { reasoning } = capabilitiesOf(kindOf(provider), model, capabilities)
      return [id, { ...entry, ...prices, outputTokensMax: Math.min(entry.outputTokensMax, outputTokensMax[reasoning ? 'reasoning' : 'plain']) }]
    })
    const audio = table.audio.map((entry): [string, Priced] => [entry.id, { ...audioPrice(entry), outputMicroUsdPerMillion: 0, outputTokensMax: 0 }])
    const pictures = table.pictures.map((entry): [string, Priced] => [
      entry.id,
      { ...picturePrice(entry), outputMicroUsdPerMillion: 0, outputTokensMax: 0 },
    ])
    const placeOf = (provider = ownProvider) => providers.find((one) => one.id === provider)!
    const audioModels = table.audio.map(({ id, provider, model = id }) => [id, createAudioModel(placeOf(provider), model)] as const)
    const pictureModels = table.pictures.map(
      ({ id, provider, model = id, asksForBase64 }) => [id, createPictureModel(placeOf(provider), model, { asksForBase64 })] as const,
    )
    return {
      models: new Map([...models, ...audio, ...pictures]),
      pictureModels: new Map(pictureModels),
      chatModels: openChatModels(providers, places, source.lessons),
      audioModels: new Map(audioModels),
    }
  }

  function now(): typeof opened {
    const table = source.table()
    if (opened.table !== table) opened = { table, ...open(table) }
    return opened
  }

  return {
    /** An answer may go on that a model began which is no longer in the table: it is not undercharged. */
    modelOf(id: string): Priced {
      const { table, models } = now()
      const embedding = table.embedding && { ...table.embedding, outputMicroUsdPerMillion: 0, outputTokensMax: 0 }
      return models.get(id) ?? (embedding?.model === id ? embedding : dearestOf(models))
    },
    audioModels: { get: (id: string): AudioModel | undefined => now().audioModels.get(id) },
    pictureModels: { get: (id: string): PictureModel | undefined => now().pictureModels.get(id) },
    chatModels: { get: (id: string): ChatModel | undefined => now().chatModels.get(id) },
  }
}

/** Both are counted as input: what is heard in tenths of a second, what is said in characters. */
const audioPrice = (entry: AudioEntry) => ({
  inputMicroUsdPerMillion:
    entry.kind === 'speech' ? entry.microUsdPerMillionCharacters : (entry.microUsdPerMinute / 60 / audioTokensPerSecond) * 1_000_000,
})

/** Where all of them are free, so is the unit that counts them. */
const picturePrice = ({ prices, promptMicroUsdPerMillion }: PictureEntry) => ({
  inputMicroUsdPerMillion: promptMicroUsdPerMillion > 0 || prices.some(({ microUsd }) => microUsd > 0) ? microUsdPerPictureUnit * 1_000_000 : 0,
})

const dearestOf = (models: Map<string, Priced>) =>
  [...models.values()].reduce((dear, model) => (model.outputMicroUsdPerMillion > dear.outputMicroUsdPerMillion ? model : dear))

const providersOf = ({ providers }: ModelTable, keyOf: KeyOf, outward: Ports['outward']): Provider[] =>
  providers.map((listed) => {
    const { apiKeyEnv: _, ...provider } = listed
    return { ...provider, apiKey: keyOf(listed), ...(outward && { dispatcher: outward }) }
  })
