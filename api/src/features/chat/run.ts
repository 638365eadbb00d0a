import type { RecalledMemory, RouteValue } from '@jarvis/contracts/chat.ts'
import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { estimateTokens, totalOf } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { AnswerRequest, AnswerResult, HistoryMessage } from '#features/agent/index.ts'
import type { Charge } from '#features/billing/index.ts'
import type { GuardVerdict } from '#features/guard/index.ts'
import type { Recall } from '#features/memory/index.ts'
import type { Route, RouteQuestion } from '#features/router/index.ts'

export type RunRequest = {
  runId: string
  userId: string
  conversationId: string
  messageId: string
  assistantMessageId: string
  text: string
  requestedModel: string | null
  requestedTools: string[] | null
  /** What earlier attempts had finished, and where this one keeps what it finishes. */
  steps: RunStep[]
  record(step: RunStep): Promise<void>
  signal: AbortSignal
}

export type Admission = { caller: Pick<Caller, 'userId' | 'role' | 'plan'>; budgetLeft: number }

export type RunDeps = {
  /** Who asks, as they are now, with the run's tokens reserved. @throws budget_exhausted, unauthenticated */
  admit(request: RunRequest): Promise<Admission>
  guard(text: string): GuardVerdict
  route(question: RouteQuestion): Route
  recall(userId: string, text: string, signal: AbortSignal): Promise<Recall>
  history(request: RunRequest, tokensMax: number): Promise<HistoryMessage[]>
  answer(request: AnswerRequest): AsyncGenerator<RunEvent, AnswerResult>
  charge(usage: AnswerResult['usage']): Charge[]
  save(request: RunRequest, route: RouteValue, memories: RecalledMemory[], answer: AnswerResult, charges: Charge[]): Promise<void>
  memorise(request: RunRequest): Promise<void>
}

/** A stop that a person asked for ends a run well; any other reason to abort leaves it to another attempt. */
export const stoppedByPerson = Symbol('stopped by the person')

/** The part of a model's context that earlier messages may take. */
const historyShare = 0.5
const historyTokensMax = 16_000

/**
 * One run, from question to stored answer. Read it top to bottom: each line is a stage, and a stage that refuses
 * throws an AppError before any model is called. Once text has streamed it never throws: a stop or a failing
 * model returns what there is, so that a partial answer is saved and charged like a whole one.
 */
export async function* run(deps: RunDeps, request: RunRequest): AsyncGenerator<RunEvent, void> {
  const { runId, userId, conversationId, signal } = request
  yield { type: 'RUN_STARTED', threadId: conversationId, runId }

  const { caller, budgetLeft } = await deps.admit(request)

  const verdict = deps.guard(request.text)
  if (verdict.action !== 'allow') yield guardEvent(verdict)
  if (verdict.action === 'block')
    throw new AppError('blocked_by_guard', 'This message looks like an attempt to override the assistant’s rules. Rephrase it to go on.')
  const text = verdict.text

  const promptTokens = estimateTokens(text)
  const route = deps.route({ plan: caller.plan, requested: request.requestedModel, budgetLeft, promptTokens })
  if (promptTokens > route.model.contextTokens * (1 - historyShare)) throw tooLong(route)
  yield { type: 'CUSTOM', name: 'route', value: routeValue(route) }

  const [recalled, history] = await Promise.all([
    deps.recall(userId, text, signal),
    deps.history(request, Math.min(historyTokensMax, route.model.contextTokens * historyShare)),
  ])
  if (recalled.memories.length > 0 || recalled.note) yield { type: 'CUSTOM', name: 'memory', value: recalled }

  const answer = yield* deps.answer({
    caller,
    messageId: request.assistantMessageId,
    text,
    history,
    memories: recalled.memories,
    models: [route.model.id, ...route.fallbacks.map(({ id }) => id)],
    toolNames: request.requestedTools,
    steps: request.steps,
    record: request.record,
    signal,
  })
  if (signal.aborted && signal.reason !== stoppedByPerson) throw signal.reason

  const charges = deps.charge(answer.usage)
  await deps.save(request, answer.route ?? routeValue(route), recalled.memories, answer, charges)
  yield { type: 'CUSTOM', name: 'cost', value: { costMicroUsd: totalOf(charges).costMicroUsd, cached: false } }
  yield endEvent(request, answer)

  if (verdict.action === 'allow' && answer.status !== 'failed') await deps.memorise(request)
}

const guardEvent = ({ score, action }: GuardVerdict): RunEvent => ({ type: 'CUSTOM', name: 'guard', value: { channel: 'user', score, action } })

const routeValue = ({ model, reason, estimatedCostMicroUsd }: Route): RouteValue => ({ model: model.id, reason, estimatedCostMicroUsd })

const tooLong = ({ model }: Route) =>
  new AppError(
    'invalid_request',
    `The message is too long for ${model.name}, which reads about ${Math.floor(model.contextTokens / 2)} tokens at once. Shorten it.`,
  )

function endEvent({ conversationId, runId }: RunRequest, { status, error, usage }: AnswerResult): RunEvent {
  if (error) return { ...errorEvent(error.code, error.detail), usage }
  return { type: 'RUN_FINISHED', threadId: conversationId, runId, outcome: { type: status === 'stopped' ? 'cancelled' : 'success' }, usage }
}

export const errorEvent = (code: ErrorCode, message: string) => ({ type: 'RUN_ERROR' as const, code, message })
