import type { PlanId } from '@jarvis/contracts/plans.ts'
import { planLimits } from '@jarvis/contracts/plans.ts'
import { ModelEntry, type ModelTable } from '#features/router/index.ts'
import type { ProviderKind } from '#ports/models/index.ts'

/** Rows of the two tables, the oldest first. */
export type Added = {
  providers: { id: string; name: string; kind: ProviderKind; baseUrl: string; apiVersion: string | null; sealedKey: string | null }[]
  models: { id: string; providerId: string; entry: unknown; standardFor: PlanId[] }[]
}

/**
 * The table with what administrators have added. What the environment or a file says counts first: an id of theirs hides the same of the page,
 * and their standard models stay. Where only the practice model would answer, the page's models take its place.
 */
export function addToTable(base: ModelTable, added: Added, { isPractice }: { isPractice: boolean }): ModelTable {
  const providers = added.providers.filter(({ id }) => !base.providers.some((provider) => provider.id === id))
  const known = new Set(providers.map(({ id }) => id))
  const kept = isPractice ? [] : base.models
  const chosen = added.models.flatMap(({ id, providerId, entry, standardFor }) => {
    const read = ModelEntry.safeParse({ ...(entry as object), id, provider: providerId })
    const isHidden = kept.some((model) => model.id === id)
    return read.success && known.has(providerId) && !isHidden ? [{ model: read.data, standardFor }] : []
  })
  if (chosen.length === 0) return base
  const all = [...kept, ...chosen.map(({ model }) => model)]
  const ids = new Set(all.map(({ id }) => id))
  const models = all.map((model) => ({ ...model, fallbacks: model.fallbacks.filter((id) => ids.has(id) && id !== model.id) }))
  return {
    ...base,
    providers: [
      ...base.providers,
      ...providers.map(({ id, kind, baseUrl, apiVersion }) => ({ id, kind, baseUrl, ...(apiVersion !== null && { apiVersion }) })),
    ],
    models,
    ...(isPractice && { auto: autoOf(chosen), economy: cheapest(models).id }),
  }
}

type Chosen = { model: ModelEntry; standardFor: PlanId[] }[]

function autoOf(chosen: Chosen): ModelTable['auto'] {
  const standard = (plan: PlanId) =>
    (
      chosen.find(({ standardFor }) => standardFor.includes(plan)) ??
      chosen.find(({ model }) => planLimits[plan].tiers.includes(model.tier)) ??
      chosen[0]!
    ).model.id
  return { free: standard('free'), pro: standard('pro'), enterprise: standard('enterprise') }
}

const cheapest = (models: ModelEntry[]) => models.reduce((least, model) => (priceOf(model) < priceOf(least) ? model : least))
const priceOf = ({ inputMicroUsdPerMillion, outputMicroUsdPerMillion }: ModelEntry) => inputMicroUsdPerMillion + outputMicroUsdPerMillion
