import type { RouteQuestion } from './question.ts'
import type { ModelEntry } from './models.ts'

export type Capable = { tools: boolean; images: boolean; json: boolean }
/** What a model has to have room for, in tokens: the question alone, and all of the prompt with its answer; and what the turn would cost. */
export type Claim = { questionTokens: number; wholeTokens: number; costMicroUsd: number }

/** The part of a context that a question may take: the rest is for what was said before, and the answer. A program brings its whole prompt. */
export const questionRoom = (contextTokens: number, needs: RouteQuestion['needs']): number => contextTokens * (needs ? 1 : 0.5)

/** `rank`: where every model has an obstacle, the one with the least answers. */
export type Obstacle = { rank: number; reason: string }
export type Candidate = { model: ModelEntry; costMicroUsd: number; obstacle: Obstacle | undefined }

/** Of the obstacle that a person's own choice gives way to. */
export const budgetRank = 3

const economyBelow = 0.1

/** Why a model cannot answer this, or undefined. Each is a fact that no weight outdoes. */
export function obstacleOf(
  { contextTokens, id, tier }: ModelEntry,
  capable: Capable,
  { needs, hasPictures, only, providers, budgetLeft, microUsdLeft }: RouteQuestion,
  { questionTokens, wholeTokens, costMicroUsd }: Claim,
): Obstacle | undefined {
  if (only && !only.includes(id)) return { rank: 5, reason: 'this key may not name it' }
  if (questionTokens > questionRoom(contextTokens, needs)) return { rank: 4, reason: `${reads(contextTokens)} this message` }
  if (needs?.tools && !capable.tools) return { rank: 4, reason: 'it cannot call tools' }
  if (needs?.json && !capable.json) return { rank: 4, reason: 'it cannot keep to a schema' }
  if (needs?.images && !capable.images) return { rank: 4, reason: 'it does not see pictures' }
  if (budgetLeft < economyBelow && tier !== 'economy') return { rank: budgetRank, reason: 'less than a tenth of this month’s budget is left' }
  if (hasPictures && !capable.images) return { rank: 2, reason: 'it does not see pictures' }
  if (wholeTokens > contextTokens) return { rank: 1, reason: `${reads(contextTokens)} this message and what came before it` }
  if (typeof microUsdLeft === 'number' && costMicroUsd > microUsdLeft) return { rank: 1, reason: 'it costs more than may still be spent this month' }
  if (providers?.failing.includes(id)) return { rank: 1, reason: 'it does not answer at the moment' }
  return undefined
}

const reads = (contextTokens: number) => `it reads ${new Intl.NumberFormat('en').format(contextTokens)} tokens at once, too few for`
