import type { Model, RouteAlternative } from '@jarvis/contracts/chat.ts'
import { planLimits, type PlanId } from '@jarvis/contracts/plans.ts'
import { AppError } from '#lib/app-error.ts'
import { costMicroUsd } from '#lib/money.ts'
import { chooseModel } from './choose.ts'
import { type AudioEntry, capabilitiesIn, type ModelEntry, type ModelTable, ownProvider, type PictureEntry } from './models.ts'
import type { Reading } from './prompt/reading.ts'
import type { RouteQuestion } from './question.ts'
import { questionRoom } from './rules.ts'

export type { RouteQuestion } from './question.ts'
export { publishedOf } from './published-prices.ts'
export { scoreRouterLines } from './need/score-lines.ts'
export { formatRouterEval, routerEval } from './need/eval.ts'
export { type RouterRow, trainRouter, writeRouterModel } from './need/train.ts'
export {
  type AudioEntry,
  capabilitiesIn,
  knownModel,
  ModelEntry,
  ModelTable,
  openAiTable,
  ownProvider,
  type PictureEntry,
  practiceTable,
  readModelTable,
} from './models.ts'

/** `fallbacks` are tried in order when `model` fails before its first token, `economy` when there is too little money left for it. */
export type Route = {
  model: ModelEntry
  fallbacks: ModelEntry[]
  economy: ModelEntry
  reason: string
  /** Of the whole turn. */
  estimatedCostMicroUsd: number
  /** Others, and why not; the first is what the choice was against. */
  alternatives: RouteAlternative[]
  reading: Reading
  /** Whether whichever of them answers is shown pictures. */ sees: boolean
}
export type Router = ReturnType<typeof createRouter>

const typicalAnswerTokens = 400

export type RouterOptions = {
  practice: boolean
  /** In place of the shipped score, for measuring. */
  needOf?: ((prompt: string) => number) | undefined
}

/** Question, plan, wish, budget and state of the providers → model, with the reason. Pure: the same question gives the same route, as long as the table is the same. */
export function createRouter(source: ModelTable | (() => ModelTable), options: RouterOptions) {
  const tableNow = typeof source === 'function' ? source : () => source
  const modelsById = new WeakMap<ModelTable, Map<string, ModelEntry>>()
  function index(table: ModelTable): Map<string, ModelEntry> {
    const byId = modelsById.get(table) ?? new Map(table.models.map((model) => [model.id, model]))
    modelsById.set(table, byId)
    return byId
  }
  const allows = (plan: PlanId, model: ModelEntry) => planLimits[plan].tiers.includes(model.tier)

  return {
    /** What does the work that nobody waits for. */
    get economy() {
      const table = tableNow()
      return index(table).get(table.economy)!
    },

    /** What a call is thought to cost; 0 for a model that the table no longer has. */
    estimate(id: string, promptTokens: number): number {
      const model = index(tableNow()).get(id)
      return model ? costMicroUsd({ inputTokens: promptTokens, outputTokens: typicalAnswerTokens }, model) : 0
    },

    choose(question: RouteQuestion): Route {
      const table = tableNow()
      const byId = index(table)
      const capable = (model: ModelEntry) => capabilitiesIn(table, model)
      const may = (model: ModelEntry) => allows(question.plan, model)
      const { chosen, reason, alternatives, reading } = chooseModel({ table, allows: may, capable, needOf: options.needOf }, question)
      const { model } = chosen
      const showsPictures = question.hasPictures === true && capable(model).images
      // One that cannot read this, or see it, does not stand in.
      const standsIn = (other: ModelEntry) =>
        questionRoom(other.contextTokens, question.needs) >= question.promptTokens &&
        (!question.only || question.only.includes(other.id)) &&
        (!showsPictures || capable(other).images)
      const economy = byId.get(table.economy)!
      return {
        model,
        fallbacks: model.fallbacks.map((id) => byId.get(id)!).filter((fallback) => may(fallback) && standsIn(fallback)),
        economy: standsIn(economy) ? economy : model,
        reason,
        estimatedCostMicroUsd: chosen.costMicroUsd,
        alternatives,
        reading,
        sees: showsPictures,
      }
    },

    /** `auto` and no wish at all are null; `named` is what an API key may name. @throws invalid_request for an unknown model, model_not_allowed */
    checkRequested(plan: PlanId, requested: string | undefined, named?: readonly string[] | null): string | null {
      if (named && !named.includes(requested ?? 'auto'))
        throw new AppError('model_not_allowed', `This API key is not for the model "${requested ?? 'auto'}": it may name ${named.join(', ')}.`)
      if (requested === undefined || requested === 'auto') return null
      const model = index(tableNow()).get(requested)
      if (!model)
        throw new AppError('invalid_request', `There is no model "${requested}".`, { errors: [{ path: 'model', message: 'is not a known model' }] })
      if (!allows(plan, model)) throw new AppError('model_not_allowed', `${model.name} is not part of the ${plan} plan.`)
      return model.id
    },

    /** What hears or speaks for this plan. */
    audioOf: (plan: PlanId, kind?: AudioEntry['kind']): AudioEntry[] =>
      tableNow().audio.filter((entry) => planLimits[plan].tiers.includes(entry.tier) && (kind === undefined || entry.kind === kind)),

    /** What makes pictures for this plan; undefined where nothing does. */
    pictureModelOf: (plan: PlanId): PictureEntry | undefined => tableNow().pictures.find(({ tier }) => planLimits[plan].tiers.includes(tier)),

    modelsOf(plan: PlanId): Model[] {
      const table = tableNow()
      return table.models.filter((model) => allows(plan, model)).map((model) => toModel(table, model, options.practice))
    },
  }
}

/** What people may know of a model: not where it is, nor under which name. */
function toModel(table: ModelTable, entry: ModelEntry, practice: boolean): Model {
  const { id, name, tier, contextTokens, outputTokensMax, inputMicroUsdPerMillion, outputMicroUsdPerMillion } = entry
  const { provider = practice ? 'practice' : ownProvider } = entry
  return {
    id,
    name,
    tier,
    contextTokens,
    outputTokensMax,
    inputMicroUsdPerMillion,
    outputMicroUsdPerMillion,
    practice: practice && entry.provider === undefined,
    provider,
    capabilities: capabilitiesIn(table, entry),
  }
}
