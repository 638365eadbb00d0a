import type { Model } from '@jarvis/contracts/chat.ts'
import { planLimits, type PlanId } from '@jarvis/contracts/plans.ts'
import { AppError } from '#lib/app-error.ts'
import { costMicroUsd } from '#lib/money.ts'
import { type AudioEntry, capabilitiesIn, type ModelEntry, type ModelTable, ownProvider } from './models.ts'

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
  practiceTable,
  readModelTable,
} from './models.ts'

/** `budgetLeft` is the share that is left, 0..1, of the cycle's tokens or of a spend ceiling, whichever is less. */
export type RouteQuestion = {
  plan: PlanId
  requested: string | null
  budgetLeft: number
  promptTokens: number
  /** The question has pictures: without a wish, a model that sees them answers where the plan has one. */
  hasPictures?: boolean
  /** Nothing else may answer, nor stand in. */
  only?: readonly string[] | undefined
}
/** `fallbacks` are tried in order when `model` fails before its first token, `economy` when there is too little money left for it. */
export type Route = {
  model: ModelEntry
  fallbacks: ModelEntry[]
  economy: ModelEntry
  reason: string
  estimatedCostMicroUsd: number
  /** Whether whichever of them answers is shown pictures. */ sees: boolean
}
export type Router = ReturnType<typeof createRouter>

const economyBelow = 0.1
const typicalAnswerTokens = 400

/** Plan, wish and budget → model, with the reason. Pure: the same question gives the same route, as long as the table is the same. */
export function createRouter(source: ModelTable | (() => ModelTable), options: { practice: boolean }) {
  const tableNow = typeof source === 'function' ? source : () => source
  const modelsById = new WeakMap<ModelTable, Map<string, ModelEntry>>()
  function index(table: ModelTable): Map<string, ModelEntry> {
    const byId = modelsById.get(table) ?? new Map(table.models.map((model) => [model.id, model]))
    modelsById.set(table, byId)
    return byId
  }
  const allows = (plan: PlanId, model: ModelEntry) => planLimits[plan].tiers.includes(model.tier)

  const sees = (model: ModelEntry) => capabilitiesIn(tableNow(), model).images

  function pick({ plan, requested, budgetLeft, hasPictures, only }: RouteQuestion): { model: ModelEntry; reason: string } {
    const table = tableNow()
    const byId = index(table)
    const economy = byId.get(table.economy)!
    const auto = byId.get(table.auto[plan])!
    const wanted = requested === null ? undefined : byId.get(requested)
    if (budgetLeft < economyBelow && may(economy, only) && (wanted ?? auto).tier !== 'economy') {
      return { model: economy, reason: 'Less than a tenth of this month’s budget is left, so the economy model answers' }
    }
    if (wanted && allows(plan, wanted)) return { model: wanted, reason: 'You chose this model' }
    if (wanted) return { model: auto, reason: `Your plan no longer includes ${wanted.name}` }
    const seeing = hasPictures && !sees(auto) ? table.models.find((model) => allows(plan, model) && sees(model) && may(model, only)) : undefined
    if (seeing) return { model: seeing, reason: 'The standard model does not see pictures, and this one does' }
    return { model: auto, reason: `The ${plan} plan’s standard model` }
  }

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
      const { model, reason } = pick(question)
      const showsPictures = question.hasPictures === true && sees(model)
      const fallbacks = model.fallbacks
        .map((id) => byId.get(id)!)
        .filter((fallback) => allows(question.plan, fallback) && may(fallback, question.only) && (!showsPictures || sees(fallback)))
      const economy = byId.get(table.economy)!
      const estimate = costMicroUsd({ inputTokens: question.promptTokens, outputTokens: typicalAnswerTokens }, model)
      const mayStandIn = may(economy, question.only) && (!showsPictures || sees(economy))
      return { model, fallbacks, economy: mayStandIn ? economy : model, reason, estimatedCostMicroUsd: estimate, sees: showsPictures }
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

    modelsOf(plan: PlanId): Model[] {
      const table = tableNow()
      return table.models.filter((model) => allows(plan, model)).map((model) => toModel(table, model, options.practice))
    },
  }
}

const may = ({ id }: ModelEntry, only: readonly string[] | undefined) => !only || only.includes(id)

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
