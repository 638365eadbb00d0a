import { createDraft } from './answer-draft.ts'
import { anthropicCodec } from './anthropic.ts'
import type { Codec } from './codec.ts'
import { dialectOf, lessonOf } from './dialects.ts'
import { geminiCodec } from './gemini.ts'
import type { ChatModel, Dialect, ModelAnswer, ModelRequest, Provider, ProviderKind } from './index.ts'
import { azurePlace, openAiCodec, openAiPlace } from './openai-chat.ts'
import { postCompletion } from './post-completion.ts'
import { ProviderError } from './provider-error.ts'

/** A model of the table: which provider has it, and under which name; `dialect` is what the table says of it. */
export type ModelAt = {
  id: string
  provider: string
  model: string
  dialect: { [Key in keyof Dialect]?: Dialect[Key] | undefined }
  firstTokenSeconds?: number | undefined
  idleSeconds?: number | undefined
}

/** What refusals taught, by where a model is: kind and address of its provider, and its name there. */
export type Lessons = {
  get(place: string): Partial<Dialect> | undefined
  /** Adds to what is known of the place; never throws. */
  learn(place: string, lesson: Partial<Dialect>): void
}

/** Known until the process ends. */
export function lessonsHere(): Lessons {
  const known = new Map<string, Partial<Dialect>>()
  return { get: (place) => known.get(place), learn: (place, lesson) => void known.set(place, { ...known.get(place), ...lesson }) }
}

const codecs: Record<ProviderKind, (provider: Provider, model: string, to: string) => Codec> = {
  openai: (provider, model, to) => openAiCodec(openAiPlace(provider), model, to),
  azure: (provider, model, to) => openAiCodec(azurePlace(provider, model), model, to),
  anthropic: anthropicCodec,
  google: geminiCodec,
}

const firstTokenSecondsDefault = 120
/** What thinks before it speaks, and says nothing meanwhile. */
const firstTokenSecondsOfThinkers = 600
const idleSecondsDefault = 120

/** One model at one provider. A refusal that names a parameter is learned from, once for each parameter: the same call is made without it. */
export function createChatModel(provider: Provider, at: ModelAt, { lessons = lessonsHere() }: { lessons?: Lessons } = {}): ChatModel {
  const { apiKey, dispatcher, headers = {} } = provider
  const to = `${provider.kind} ${provider.baseUrl} ${at.model}`
  const codec = codecs[provider.kind](provider, at.model, to)
  const given = Object.assign(dialectOf(provider, at.model), defined(at.dialect))
  const firstTokenSeconds =
    at.firstTokenSeconds ?? provider.firstTokenSeconds ?? (given.reasoning ? firstTokenSecondsOfThinkers : firstTokenSecondsDefault)
  const idleSeconds = at.idleSeconds ?? provider.idleSeconds ?? idleSecondsDefault

  async function ask(request: ModelRequest, dialect: Dialect): Promise<ModelAnswer> {
    const draft = createDraft(request.sink)
    const post = {
      url: codec.url,
      apiKey,
      headers: { ...codec.headers, ...headers },
      body: codec.encode(request, dialect),
      signal: request.signal,
      firstTokenMs: firstTokenSeconds * 1000,
      idleMs: idleSeconds * 1000,
      dispatcher,
    }
    await postCompletion(post, draft, codec.decoder(draft, request))
    return draft.finish(to)
  }

  return {
    provider: provider.id,
    async complete(request) {
      const known = lessons.get(to)
      let taught: Partial<Dialect> = {}
      for (;;) {
        const dialect = { ...given, ...known, ...taught }
        try {
          if (!dialect.images && request.messages.some((message) => message.role === 'user' && message.images?.length))
            throw new ProviderError('invalid_request.images', {}, { isFinal: true })
          const answer = await ask(request, dialect)
          // What a retry did not mend was no lesson.
          if (Object.keys(taught).length > 0) lessons.learn(to, taught)
          return answer
        } catch (error) {
          const refusal = error instanceof ProviderError && !error.streamed ? error : undefined
          const lesson = lessonOf(refusal?.status, String((refusal?.cause as Error | undefined)?.message), dialect)
          if (!lesson || Object.keys(lesson).some((name) => name in taught)) throw error
          taught = { ...taught, ...lesson }
        }
      }
    },
  }
}

/** Every model by its id, on the adapter of its provider's protocol. */
export function openChatModels(providers: readonly Provider[], models: readonly ModelAt[], lessons: Lessons = lessonsHere()): Map<string, ChatModel> {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  return new Map(models.map((model) => [model.id, createChatModel(byId.get(model.provider)!, model, { lessons })]))
}

const defined = (dialect: ModelAt['dialect']) =>
  Object.fromEntries(Object.entries(dialect).filter(([, value]) => value !== undefined)) as Partial<Dialect>
