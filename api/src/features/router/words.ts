import type { PlanId } from '@jarvis/contracts/plans.ts'
import { budgetRank, type Candidate } from './rules.ts'
import type { ModelEntry } from './models.ts'
import type { Reading } from './prompt/reading.ts'
import type { Task } from './prompt/task.ts'

/** What was weighed, for the sentences about it. `best` is what the router would have chosen by itself. */
export type Weighed = {
  plan: PlanId
  reading: Reading
  strong: Candidate
  cheap: Candidate | undefined
  auto: Candidate
  wanted: ModelEntry | undefined
  isOwn: boolean
  chosen: Candidate
  best: Candidate
}

const tasks: Record<Task, string> = {
  'small talk': 'Small talk',
  translation: 'A translation',
  summary: 'A summary',
  writing: 'A text to write',
  code: 'A question about code',
  mathematics: 'A question that calculates',
  'current facts': 'A question about current facts',
  reasoning: 'A question in several steps',
  question: 'A question',
}

/** Why this model, in a sentence without its stop. */
export function whyThis({ plan, reading, strong, cheap, auto, wanted, isOwn, chosen }: Weighed): string {
  if (isOwn) return 'You chose this model'
  if (auto.obstacle?.rank === budgetRank && chosen.model.tier === 'economy')
    return 'Less than a tenth of this month’s budget is left, so the economy model answers'
  if (wanted) return `Your plan no longer includes ${wanted.name}`
  if (auto.obstacle && chosen === strong && chosen !== auto) return `The standard model does not answer this: ${auto.obstacle.reason}`
  const isWeighed = cheap !== undefined && strong.costMicroUsd > cheap.costMicroUsd
  if (!isWeighed) return `The ${plan} plan’s standard model`
  const asked = `${tasks[reading.task]}, ${hardness(reading.need)}`
  if (chosen === strong) return `${asked}: a better answer is worth what ${strong.model.name} costs more`
  return `${asked}: ${chosen.model.name} is expected to answer it nearly as well as ${strong.model.name}, for less`
}

/** Why not that one. */
export function whyNot({ model, obstacle, costMicroUsd }: Candidate, { chosen, strong, cheap, isOwn, best, wanted }: Weighed): string {
  if (obstacle) return capital(obstacle.reason)
  if (isOwn) return model.id === best.model.id ? 'Jarvis would have chosen it' : `You chose ${wanted!.name}`
  if (chosen === strong && model.id === cheap?.model.id) return 'It costs less, and is expected to answer this less well'
  if (chosen !== strong && model.id === strong.model.id)
    return costMicroUsd > chosen.costMicroUsd ? 'It costs more than a better answer to this is worth' : 'It is slower'
  return 'It comes later in the order of your plan’s models'
}

const hardness = (need: number) => (need < 0.4 ? 'not a hard one' : need < 0.6 ? 'of middling difficulty' : 'a hard one')
const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1)
