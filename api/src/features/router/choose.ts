import type { RouteAlternative } from '@jarvis/contracts/chat.ts'
import { answerOf, promptOf, turnCost } from './estimate.ts'
import type { ModelEntry, ModelTable } from './models.ts'
import { type Reading, readPrompt } from './prompt/reading.ts'
import type { RouteQuestion } from './question.ts'
import { budgetRank, type Candidate, type Capable, obstacleOf } from './rules.ts'
import { whyNot, whyThis } from './words.ts'
import { isWorthIt } from './worth.ts'

export type Choice = { chosen: Candidate; reason: string; alternatives: RouteAlternative[]; reading: Reading }

export type ChoiceDeps = {
  table: ModelTable
  allows(model: ModelEntry): boolean
  capable(model: ModelEntry): Capable
  needOf?: ((prompt: string) => number) | undefined
}

const alternativesMax = 3

/**
 * The model for a question: what the person chose, where nothing hinders it; else, of the plan's models that can answer at all, the standard one or
 * the economy one, as expected quality is worth the cost. Pure: the same question and table give the same choice.
 */
export function chooseModel({ table, allows, capable, needOf }: ChoiceDeps, question: RouteQuestion): Choice {
  const { plan, prompt, requested, budgetLeft, providers } = question
  const reading = readPrompt(prompt, needOf)
  const size = { ...question, hasTools: question.hasTools ?? false }
  const wholeTokens = promptOf(size) + answerOf(reading.task, size)
  const consider = (model: ModelEntry): Candidate => {
    const costMicroUsd = turnCost(reading.task, size, model)
    return {
      model,
      costMicroUsd,
      obstacle: obstacleOf(model, capable(model), question, { questionTokens: question.promptTokens, wholeTokens, costMicroUsd }),
    }
  }

  const auto = table.models.find(({ id }) => id === table.auto[plan])!
  const candidates = inOrder(table, auto)
    .filter((model) => model === auto || allows(model))
    .map(consider)
  const wanted = table.models.find(({ id }) => id === requested)
  const offered = wanted && allows(wanted) ? wanted : undefined

  const least = Math.min(...candidates.map(rankOf))
  const able = candidates.filter((candidate) => rankOf(candidate) === least)
  const strong = able[0]!
  const cheap = strong.model.tier === 'economy' ? undefined : cheapOf(able, table.economy)
  const priceOf = ({ model, costMicroUsd }: Candidate) => ({ costMicroUsd, firstTokenMs: providers?.firstTokenMs[model.id] })
  const isWorth = !cheap || isWorthIt(reading.need, plan, budgetLeft, priceOf(strong), priceOf(cheap))
  const best = isWorth ? strong : cheap
  const second = isWorth ? cheap : strong

  const own = offered && consider(offered)
  // A choice holds but for the budget: a model that cannot read this says so itself.
  const isOwn = own !== undefined && own.obstacle?.rank !== budgetRank
  const chosen = isOwn ? own : best
  const rest = [...(isOwn ? [best] : []), ...(second ? [second] : []), candidates[0]!, ...able, ...candidates]
  const others = [...new Map(rest.map((candidate) => [candidate.model.id, candidate])).values()].filter(({ model }) => model.id !== chosen.model.id)
  const context = { plan, reading, strong, cheap, auto: candidates[0]!, wanted, isOwn, chosen, best }
  return {
    chosen,
    reason: whyThis(context),
    alternatives: others.slice(0, alternativesMax).map((candidate) => ({
      model: candidate.model.id,
      reason: whyNot(candidate, context),
      estimatedCostMicroUsd: candidate.costMicroUsd,
    })),
    reading,
  }
}

const rankOf = ({ obstacle }: Candidate) => obstacle?.rank ?? 0

/** The plan's standard model and those that stand in for it, the economy model, then the others as they are listed. */
function inOrder(table: ModelTable, auto: ModelEntry): ModelEntry[] {
  const ids = new Set([auto.id, ...auto.fallbacks, table.economy])
  return [...[...ids].map((id) => table.models.find((model) => model.id === id)!), ...table.models.filter(({ id }) => !ids.has(id))]
}

function cheapOf(able: Candidate[], economy: string): Candidate | undefined {
  const small = able.filter(({ model }) => model.tier === 'economy')
  return small.find(({ model }) => model.id === economy) ?? small.toSorted((a, b) => a.costMicroUsd - b.costMicroUsd)[0]
}
