import { costMicroUsd } from '#lib/money.ts'
import type { ModelEntry } from './models.ts'
import type { Task } from './prompt/task.ts'

/** What goes into each call of a turn, in tokens. `rulesTokens` are the rules and the tools that are offered. */
export type TurnSize = { promptTokens: number; historyTokens: number; filesTokens: number; rulesTokens: number; hasTools: boolean }

/** What an answer usually has, by what is wanted; a translation is as long as its text. */
const answerTokens: Record<Task, number> = {
  'small talk': 60,
  translation: 60,
  summary: 250,
  writing: 600,
  code: 700,
  mathematics: 450,
  'current facts': 300,
  reasoning: 450,
  question: 350,
}
const toolCallTokens = 60
const toolResultTokens = 600
/** What is wanted that a tool is called for, where there is one. */
const calling: readonly Task[] = ['mathematics', 'current facts']

/** The tokens of one call's prompt. */
export const promptOf = ({ promptTokens, historyTokens, filesTokens, rulesTokens }: TurnSize): number =>
  promptTokens + historyTokens + filesTokens + rulesTokens

export const answerOf = (task: Task, { promptTokens }: Pick<TurnSize, 'promptTokens'>): number =>
  answerTokens[task] + (task === 'translation' ? promptTokens : 0)

/** What the whole turn is thought to cost: each call reads all of it again, and what tools brought. */
export function turnCost(task: Task, size: TurnSize, model: ModelEntry): number {
  const input = promptOf(size)
  const outputTokens = Math.min(answerOf(task, size), model.outputTokensMax)
  const calls = size.hasTools && calling.includes(task) ? 1 : 0
  return costMicroUsd(
    { inputTokens: input + calls * (input + toolCallTokens + toolResultTokens), outputTokens: outputTokens + calls * toolCallTokens },
    priceOf(model),
  )
}

const priceOf = ({ inputMicroUsdPerMillion, outputMicroUsdPerMillion }: ModelEntry) => ({ inputMicroUsdPerMillion, outputMicroUsdPerMillion })
