import type {
  AdminModel,
  AdminModelsBody,
  AdminProvider,
  AdminProviderBody,
  AdminProviderChange,
  FoundProvider,
  OfferedModel,
  ProviderTest,
  SettingSource,
} from '@jarvis/contracts/admin-models.ts'
import { PlanId } from '@jarvis/contracts/plans.ts'
import type { z } from 'zod'
import { capabilitiesIn, type ModelTable, ownProvider } from '#features/router/index.ts'
import { changesOf } from '#lib/changes-of.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import type { Provider } from '#ports/models/index.ts'
import { createHeld } from '#ports/signals/held.ts'
import type { Signals } from '#ports/signals/index.ts'
import { addToTable, type Added } from './add-to-table.ts'
import { createFailures } from './failures.ts'
import { createLessons } from './lessons.ts'
import { createStore, isPaid, type ProviderRow } from './store.ts'
import { findOllama, offeredBy, tryProvider } from './try-provider.ts'
export { tryProvider } from './try-provider.ts'

export type ProvidersDeps = Pick<Database, 'db'> & {
  signals: Signals
  audit: RecordAudit
  log: Pick<Log, 'error' | 'warn'>
  secretsKey(): Buffer
  /** What the environment or the file says, now. */
  base(): ModelTable
  /** Where `base` comes from: `practice` while nobody has named a provider. */
  baseIs: 'practice' | 'environment' | 'file'
  /** The provider of `OPENAI_…`; undefined where it is not set. */
  own: Provider | undefined
  /** The key of a provider of the file. */
  keyOfFile(apiKeyEnv: string): string | undefined
  dispatcher: Provider['dispatcher']
  /** Where an Ollama usually is. */
  ollamaUrl: string
}
export type Providers = Awaited<ReturnType<typeof createProviders>>

const changedTopic = 'models.changed'

/** Providers and models that administrators add while Jarvis runs, on top of what the environment and the file of the operator say. */
export async function createProviders(deps: ProvidersDeps) {
  const { db, signals, log, baseIs } = deps
  const store = createStore(deps.secretsKey)
  const lessons = await createLessons({ db, log, changed: () => signals.publish(changedTopic, '') })
  let seen: { added: Added; text: string } | undefined
  const held = await createHeld<Added>({
    signals,
    topic: changedTopic,
    async read() {
      const added = await store.read(db)
      await lessons.read()
      // The same rows leave the table as it is.
      const text = JSON.stringify(added)
      if (text !== seen?.text) seen = { added, text }
      return seen.added
    },
    onFailure(error, now) {
      log.error({ err: error }, 'the models of the database cannot be read')
      return now
    },
  })
  let made: { base: ModelTable; added: Added; table: ModelTable } | undefined

  function table(): ModelTable {
    const [base, added] = [deps.base(), held.now()]
    if (made?.base !== base || made.added !== added) made = { base, added, table: addToTable(base, added, { isPractice: baseIs === 'practice' }) }
    return made.table
  }

  /** One act: locked, audited, known here when it returns, and everywhere else soon. */
  async function act<Result>(work: (tx: Transaction, now: Added) => Promise<Result>): Promise<Result> {
    const result = await db.transaction(async (tx) => {
      await store.lock(tx)
      return await work(tx, await store.read(tx))
    })
    await held.changed()
    return result
  }

  const record = (tx: Transaction, { caller, origin: { address, requestId } }: By, action: string, target: string, details: Record<string, string>) =>
    deps.audit(tx, { action, actorId: caller.userId, target, details, address, requestId })

  const modelsAreFrom: SettingSource = baseIs === 'file' ? 'file' : 'environment'

  /** The key of a row that cannot be opened is none, and is said in the list. */
  function keyOf(row: ProviderRow): string | null {
    try {
      return store.keyOf(row)
    } catch (error) {
      log.error({ err: error }, 'SECRETS_KEY cannot be read')
      return null
    }
  }

  function listed(): AdminProvider[] {
    const ofFile = deps.base().providers.map(({ id, kind, baseUrl, apiKeyEnv, apiVersion }): AdminProvider => ({
      id,
      name: id,
      kind,
      baseUrl,
      apiVersion: apiVersion ?? null,
      source: 'file',
      keySet: apiKeyEnv !== undefined,
      keyFault: false,
    }))
    const { own } = deps
    const ofEnvironment = own
      ? [
          {
            id: ownProvider,
            name: 'OPENAI_BASE_URL',
            kind: own.kind,
            baseUrl: own.baseUrl,
            apiVersion: null,
            source: 'environment' as const,
            keySet: own.apiKey !== 'none',
            keyFault: false,
          },
        ]
      : []
    const first = [...ofEnvironment, ...ofFile]
    return [
      ...first,
      ...held
        .now()
        .providers.filter(({ id }) => !first.some((one) => one.id === id))
        .map(toProvider),
    ]
  }

  const toProvider = (row: ProviderRow): AdminProvider => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    baseUrl: row.baseUrl,
    apiVersion: row.apiVersion,
    source: 'page',
    keySet: row.sealedKey !== null,
    keyFault: keyOf(row) === null,
  })

  function models(): AdminModel[] {
    const now = table()
    const all = baseIs === 'practice' && now === deps.base() ? [] : now.models
    const ofPage = new Set(baseIs === 'practice' ? all : all.filter((model) => !deps.base().models.some(({ id }) => id === model.id)))
    return all.map((entry) => {
      const { id, name, tier, contextTokens, outputTokensMax, inputMicroUsdPerMillion, outputMicroUsdPerMillion, fallbacks } = entry
      const { provider = ownProvider, model = id } = entry
      return {
        id,
        name,
        tier,
        contextTokens,
        outputTokensMax,
        inputMicroUsdPerMillion,
        outputMicroUsdPerMillion,
        fallbacks,
        provider,
        model,
        source: ofPage.has(entry) ? 'page' : modelsAreFrom,
        standardFor: PlanId.options.filter((plan) => now.auto[plan] === id),
        capabilities: capabilitiesIn(now, entry),
        economy: now.economy === id,
      }
    })
  }

  /** @throws not_found, conflict for one that the environment or the file names */
  function ofPage(now: Added, id: string): ProviderRow {
    const row = listed().find((provider) => provider.id === id)
    if (row && row.source !== 'page') throw readOnly(row.source)
    const found = now.providers.find((provider) => provider.id === id)
    if (!found) throw new AppError('not_found', 'There is no such provider.')
    return found
  }

  /** @throws not_found, conflict where its key cannot be opened */
  function reached(id: string): Provider {
    const base = deps.base().providers.find((provider) => provider.id === id)
    if (id === ownProvider && deps.own) return deps.own
    const { dispatcher } = deps
    if (base) return { ...base, apiKey: (base.apiKeyEnv !== undefined && deps.keyOfFile(base.apiKeyEnv)) || '', dispatcher }
    const row = held.now().providers.find((provider) => provider.id === id)
    if (!row) throw new AppError('not_found', 'There is no such provider.')
    const apiKey = keyOf(row)
    if (apiKey === null) throw new AppError('conflict', 'The key was encrypted with another SECRETS_KEY: type it again.')
    return { id, kind: row.kind, baseUrl: row.baseUrl, apiVersion: row.apiVersion ?? undefined, apiKey, dispatcher }
  }

  return {
    table,
    failures: createFailures(deps),
    lessons: lessons.of,
    learned: lessons.list,

    /** @throws not_found */
    async forgetLesson(by: By, id: string): Promise<void> {
      await act(async (tx) => {
        const { place, lesson } = await lessons.forget(tx, id)
        await record(tx, by, 'model.lesson_forgotten', place, changesOf(lesson, {}))
      })
    },

    /** Nobody has named a provider, and the practice model answers. */
    isPractice: () => baseIs === 'practice' && table() === deps.base(),
    /** The key of a provider of the table. */
    keyOf({ id, apiKeyEnv }: ModelTable['providers'][number]): string {
      if (apiKeyEnv !== undefined) return deps.keyOfFile(apiKeyEnv) ?? ''
      const row = deps.base().providers.some((provider) => provider.id === id)
        ? undefined
        : held.now().providers.find((provider) => provider.id === id)
      return (row && keyOf(row)) ?? ''
    },

    list: listed,

    /** An Ollama that nobody has added yet. */
    async found(): Promise<FoundProvider[]> {
      const { ollamaUrl, dispatcher } = deps
      if (listed().some(({ baseUrl }) => new URL(baseUrl).host === new URL(ollamaUrl).host)) return []
      return await findOllama(ollamaUrl, dispatcher)
    },

    /** @throws invalid_request */
    async add(by: By, body: z.infer<typeof AdminProviderBody>): Promise<AdminProvider> {
      return await act(async (tx, now) => {
        const taken = new Set([ownProvider, ...deps.base().providers.map(({ id }) => id), ...now.providers.map(({ id }) => id)])
        const row = await store.add(tx, idOf(body, taken), body)
        await record(tx, by, 'provider.added', row.id, changesOf({}, factsOf(row)))
        return toProvider(row)
      })
    },

    /** @throws not_found, conflict, invalid_request */
    async change(by: By, id: string, body: z.infer<typeof AdminProviderChange>): Promise<AdminProvider> {
      return await act(async (tx, now) => {
        const before = ofPage(now, id)
        const row = await store.change(tx, before, body)
        const key: Record<string, string> = body.apiKey ? { key: before.sealedKey === null ? 'none → set' : 'set → set anew' } : {}
        const details = { ...changesOf(factsOf(before), factsOf(row)), ...key }
        if (Object.keys(details).length > 0) await record(tx, by, 'provider.changed', id, details)
        return toProvider(row)
      })
    },

    /** Its models go with it. @throws not_found, conflict */
    async remove(by: By, id: string): Promise<void> {
      await act(async (tx, now) => {
        const row = ofPage(now, id)
        const gone = now.models.filter(({ providerId }) => providerId === id).map((model) => model.id)
        await store.remove(tx, id)
        await record(tx, by, 'provider.removed', id, { ...changesOf(factsOf(row), {}), models: gone.join(', ') })
      })
    },

    /** @throws not_found, conflict */
    async test(by: By, id: string, wanted: string | undefined): Promise<ProviderTest> {
      const provider = reached(id)
      const entry = table().models.find(
        (model) => (model.provider ?? ownProvider) === id && (wanted === undefined || (model.model ?? model.id) === wanted),
      )
      const model = wanted ?? (entry && (entry.model ?? entry.id))
      const answer = await tryProvider(provider, { model, dialect: { ...entry?.parameters, ...entry?.capabilities } })
      await db.transaction((tx) => record(tx, by, 'provider.tested', id, { model: answer.model ?? '', ok: String(answer.ok) }))
      return answer
    },

    /** @throws not_found, conflict, and what the provider said */
    async offered(id: string): Promise<OfferedModel[]> {
      const offered = await offeredBy(reached(id))
      const chosen = models().filter(({ provider }) => provider === id)
      const row = held.now().providers.find((provider) => provider.id === id)
      return offered.map((one) => ({
        ...one,
        priced: !isPaid(row, one.model),
        chosenAs: chosen.filter(({ model }) => model === one.model).map((model) => model.id),
      }))
    },

    models,

    /** @throws not_found, conflict, invalid_request; then nothing has changed */
    async updateModels(by: By, { set, remove }: AdminModelsBody): Promise<AdminModel[]> {
      const fixed = new Map(models().flatMap(({ id, source }) => (source === 'page' ? [] : [[id, source] as const])))
      for (const id of [...remove, ...set.map((model) => model.id)]) if (fixed.has(id)) throw readOnly(fixed.get(id)!)
      if (baseIs !== 'practice' && set.some(({ standardFor }) => standardFor?.length)) throw readOnly(modelsAreFrom)
      await act(async (tx, now) => {
        const find = (id: string) => now.models.find((model) => model.id === id)
        for (const id of remove) {
          const row = find(id)
          if (!row) throw new AppError('not_found', `There is no model "${id}".`)
          await store.removeModel(tx, id)
          await record(tx, by, 'model.removed', id, changesOf({ ...(row.entry as object), standardFor: row.standardFor }, {}))
        }
        const kept = new Set([...fixed.keys(), ...now.models.map(({ id }) => id), ...set.map(({ id }) => id)].filter((id) => !remove.includes(id)))
        for (const model of set) {
          if (model.provider !== undefined) ofPage(now, model.provider)
          const unknown = model.fallbacks?.find((id) => !kept.has(id) || id === model.id)
          if (unknown !== undefined) throw noFallback(unknown)
          const before = remove.includes(model.id) ? undefined : find(model.id)
          const after = await store.setModel(tx, before, model, now.providers)
          const details = changesOf(before ? { ...(before.entry as object), standardFor: before.standardFor } : {}, after)
          if (Object.keys(details).length > 0) await record(tx, by, before ? 'model.changed' : 'model.added', model.id, details)
        }
      })
      return models()
    },

    [Symbol.dispose]() {
      held[Symbol.dispose]()
    },
  }
}

const readOnly = (source: SettingSource) =>
  new AppError('conflict', source === 'file' ? 'MODELS_FILE says this: change it there.' : 'The environment (OPENAI_…) says this: change it there.')

const noFallback = (id: string) =>
  new AppError('invalid_request', `There is no other model "${id}" to fall back on.`, {
    errors: [{ path: 'fallbacks', message: 'names no other model' }],
  })

/** What the audit may hold of a provider: no key. */
const factsOf = ({ name, kind, baseUrl, apiVersion, sealedKey }: ProviderRow) => ({
  name,
  kind,
  baseUrl,
  apiVersion,
  key: sealedKey === null ? 'none' : 'set',
})

/** A name for the table, the log and the metrics. */
function idOf({ name, kind }: z.infer<typeof AdminProviderBody>, taken: Set<string>): string {
  const words =
    name
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join('-') ?? kind
  for (let number = 1; ; number++) {
    const id = number === 1 ? words : `${words}-${number}`
    if (!taken.has(id)) return id
  }
}
