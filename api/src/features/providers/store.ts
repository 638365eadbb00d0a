import { isAtHome } from '@jarvis/contracts/at-home.ts'
import type { AdminModelSet, AdminProviderBody, AdminProviderChange } from '@jarvis/contracts/admin-models.ts'
import { asc, eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { openBox, sealBox } from '#lib/sealed-box.ts'
import { faultsOf } from '#lib/plain-issues.ts'
import { knownModel, ModelEntry, publishedOf } from '#features/router/index.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { chosenModels, modelProviders } from '#ports/database/tables.ts'
import type { ProviderKind } from '#ports/models/index.ts'
import type { Added } from './add-to-table.ts'

export type ProviderRow = Added['providers'][number]
type Db = Database['db'] | Transaction

const makersUrls: Record<ProviderKind, string | undefined> = {
  openai: 'https://api.openai.com/v1',
  azure: undefined,
  anthropic: 'https://api.anthropic.com',
  google: 'https://generativelanguage.googleapis.com',
}

/** The two tables of this feature. Keys are sealed, each to its row. */
export function createStore(secretsKey: () => Buffer) {
  const seal = (id: string, key: string) => sealBox(secretsKey(), id, key)

  return {
    async read(db: Db): Promise<Added> {
      const { id, name, kind, baseUrl, apiVersion, sealedKey } = modelProviders
      const providers = await db
        .select({ id, name, kind, baseUrl, apiVersion, sealedKey })
        .from(modelProviders)
        .orderBy(asc(modelProviders.createdAt), asc(id))
      const models = await db
        .select({ id: chosenModels.id, providerId: chosenModels.providerId, entry: chosenModels.entry, standardFor: chosenModels.standardFor })
        .from(chosenModels)
        .orderBy(asc(chosenModels.createdAt), asc(chosenModels.id))
      return { providers, models }
    },

    /** null where it was encrypted with another SECRETS_KEY. */
    keyOf: ({ id, sealedKey }: ProviderRow): string | null => (sealedKey === null ? '' : openBox(secretsKey(), id, sealedKey)),

    /** One change at a time, over all processes: ids and standard models are given once. */
    lock: (tx: Transaction) => tx.execute(sql`select pg_advisory_xact_lock(hashtext('model_providers'))`),

    /** @throws invalid_request */
    async add(tx: Transaction, id: string, { name, kind, baseUrl, apiKey, apiVersion }: z.infer<typeof AdminProviderBody>): Promise<ProviderRow> {
      const row = {
        id,
        name,
        kind,
        baseUrl: addressOf(kind, baseUrl),
        apiVersion: versionOf(kind, apiVersion ?? null),
        sealedKey: apiKey === undefined ? null : seal(id, apiKey),
      }
      await tx.insert(modelProviders).values(row)
      return row
    },

    /** A key goes to the address that it was typed for, and to no other. @throws invalid_request */
    async change(
      tx: Transaction,
      row: ProviderRow,
      { name, baseUrl, apiKey, apiVersion }: z.infer<typeof AdminProviderChange>,
    ): Promise<ProviderRow> {
      const changed = {
        ...row,
        name: name ?? row.name,
        baseUrl: baseUrl === undefined ? row.baseUrl : addressOf(row.kind, baseUrl),
        apiVersion: apiVersion === undefined ? row.apiVersion : versionOf(row.kind, apiVersion),
      }
      if (apiKey !== undefined) changed.sealedKey = apiKey === null ? null : seal(row.id, apiKey)
      else if (row.sealedKey !== null && new URL(row.baseUrl).origin !== new URL(changed.baseUrl).origin)
        throw invalid('apiKey', 'is needed with another address: type the key again')
      await tx.update(modelProviders).set(changed).where(eq(modelProviders.id, row.id))
      return changed
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.delete(modelProviders).where(eq(modelProviders.id, id))
    },

    async removeModel(tx: Transaction, id: string): Promise<void> {
      await tx.delete(chosenModels).where(eq(chosenModels.id, id))
    },

    /** Returns what is kept of it now. @throws invalid_request */
    async setModel(tx: Transaction, before: Added['models'][number] | undefined, set: AdminModelSet, providers: ProviderRow[]): Promise<object> {
      const { id, provider, standardFor, ...given } = set
      const providerId = provider ?? before?.providerId
      if (providerId === undefined) throw invalid('provider', 'is needed for a model that is not chosen yet')
      const at = providers.find((one) => one.id === providerId)
      const known = knownOf(at, given.model ?? id)
      // The published price is that of prompts up to here.
      if (!before && known && given.contextTokens !== undefined) given.contextTokens = Math.min(given.contextTokens, known.contextTokens)
      const defaults = {
        name: (given.model ?? id).slice(0, 100),
        tier: 'economy',
        inputMicroUsdPerMillion: 0,
        outputMicroUsdPerMillion: 0,
        outputTokensMax: 4096,
        contextTokens: 8192,
        ...known,
      }
      if (!before && given.inputMicroUsdPerMillion === undefined && isPaid(at, given.model ?? id))
        throw invalid('inputMicroUsdPerMillion', `is not known of "${given.model ?? id}": say what a million tokens in and out cost`)
      const read = ModelEntry.safeParse({ ...defaults, ...(before?.entry as object | undefined), ...given, id, provider: providerId })
      if (!read.success) {
        const [fault] = faultsOf(read.error)
        throw invalid(fault!.path || 'set', fault!.message)
      }
      const row = { id, providerId, entry: read.data, standardFor: standardFor ?? before?.standardFor ?? [] }
      for (const plan of row.standardFor) await tx.update(chosenModels).set({ standardFor: sql`${chosenModels.standardFor} - ${plan}::text` })
      await tx.insert(chosenModels).values(row).onConflictDoUpdate({ target: chosenModels.id, set: row })
      return { ...read.data, standardFor: row.standardFor }
    },
  }
}

/** What its maker publishes of a model, where it is at its maker. */
function knownOf(row: ProviderRow | undefined, model: string): { contextTokens: number } | undefined {
  if (isOpenAi(row)) return knownModel(model)
  return row && (row.kind === 'anthropic' || row.kind === 'google') ? publishedOf(row.kind, model) : undefined
}

/** Whether a model may well cost money, and nobody here knows how much: at a price of 0 it would be given away. */
export const isPaid = (row: ProviderRow | undefined, model: string): boolean =>
  row !== undefined && !isAtHome(row.baseUrl) && knownOf(row, model) === undefined

/** What OpenAI makes costs there what its list says. */
const isOpenAi = (row: ProviderRow | undefined) =>
  row !== undefined && (row.kind === 'azure' || (row.kind === 'openai' && new URL(row.baseUrl).hostname.endsWith('openai.com')))

/** A server at the root of a host speaks OpenAI's protocol under `/v1`. */
function addressOf(kind: ProviderKind, given: string | undefined): string {
  const url = given ?? makersUrls[kind]
  if (url === undefined) throw invalid('baseUrl', 'is needed: the address of your Azure resource')
  const { pathname, origin } = new URL(url)
  if (kind === 'openai' && pathname === '/') return `${origin}/v1`
  return url.endsWith('/') ? url.slice(0, -1) : url
}

function versionOf(kind: ProviderKind, apiVersion: string | null): string | null {
  if (apiVersion !== null && kind !== 'azure') throw invalid('apiVersion', 'is for the kind "azure" alone')
  return apiVersion
}

const invalid = (path: string, message: string) => new AppError('invalid_request', `${path} ${message}.`, { errors: [{ path, message }] })
