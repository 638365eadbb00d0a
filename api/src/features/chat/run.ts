import type { Effort, RecalledMemory, RouteValue } from '@jarvis/contracts/chat.ts'
import { type Part, textOf } from '@jarvis/contracts/parts.ts'
import { errorEvent, type RunEvent, toAgui } from '@jarvis/contracts/run.ts'
import { refusal } from '#lib/refusal.ts'
import type { Caller } from '#lib/caller.ts'
import { estimateTokens, tokensOfBound, totalOf } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import { isToEnd } from '#lib/stopped-by-person.ts'
import type { AnswerRequest, AnswerResult } from '#features/agent/index.ts'
import type { Charge, Room } from '#features/billing/index.ts'
import type { ForPrompt } from '#features/files/index.ts'
import { blocked, type GuardVerdict } from '#features/guard/index.ts'
import type { Recall } from '#features/memory/index.ts'
import type { Route, RouteQuestion } from '#features/router/index.ts'
import { guardParts, type GuardedParts } from './guard-parts.ts'
import type { Instructions } from './folders.ts'
import type { Past } from './history.ts'
import { settledRoute } from './settled-route.ts'

export type RunRequest = {
  runId: string
  userId: string
  conversationId: string
  messageId: string
  assistantMessageId: string
  /** The paused run that this one goes on from. */
  resumes: string | null
  /** The first run of that chain. */
  taskId: string | null
  /** The question. */
  parts: Part[]
  /** The conversation’s files, and whether one is a picture. */
  attached: { fileIds: string[]; hasPictures: boolean }
  /** What of it is not of the one who asks. */
  outside: NonNullable<AnswerRequest['outside']>
  /** The key that a program asks with; null for a person. */
  apiKeyId: string | null
  /** How the paused run was routed, with what the others would have cost so far. */
  routedBefore: RouteValue | null
  requestedModel: string | null
  requestedTools: string[] | null
  requestedEffort: Effort | null
  /** What earlier attempts had finished, and where this one keeps what it finishes. */
  steps: RunStep[]
  record: AnswerRequest['record']
  bill: AnswerRequest['bill']
  signal: AbortSignal
}

export type Admission = { caller: Pick<Caller, 'userId' | 'role' | 'plan'>; room: Room }

export type RunDeps = {
  /** Who asks, as they are now, and what they may still spend. @throws budget_exhausted, unauthenticated */
  admit(request: RunRequest): Promise<Admission>
  guard(text: string): GuardVerdict | Promise<GuardVerdict>
  route(question: RouteQuestion): Route
  recall(request: RunRequest, text: string, tokensMax: number, signal: AbortSignal): Promise<Recall>
  history(request: RunRequest): Promise<Past>
  /** The tokens of the rules and of the tools that the model would be offered. */
  rulesTokens(caller: Admission['caller'], toolNames: string[] | null): { rulesTokens: number; hasTools: boolean }
  /** The files of the conversation, as much of them as fits. */
  files(request: RunRequest, asked: { question: string; charactersMax: number; sees: boolean }): Promise<ForPrompt>
  answer(request: AnswerRequest): AsyncGenerator<RunEvent, AnswerResult>
  /** Makes a call of a model, paid for in advance. */
  complete: AnswerRequest['complete']
  charge(calls: AnswerResult['calls']): Charge[]
  save(request: RunRequest, route: RouteValue, memories: RecalledMemory[], answer: AnswerResult, charges: Charge[]): Promise<void>
  /** Keeps question and answer, to be found again from other conversations. */
  keepTurn(request: RunRequest): Promise<void>
  memorise(request: RunRequest): Promise<void>
  /** Finds a title for a conversation that has just begun. */
  name(request: RunRequest): Promise<void>
  /** What was written that holds for this conversation; empty for nothing. */
  instructions(request: RunRequest): Promise<Instructions>
  /** Sums up what leaves the window of `windowTokens`, for the next answers. */
  sumUp(request: RunRequest, windowTokens: number): Promise<void>
}

/** The part of a model's context that earlier messages may take. */
const historyShare = 0.5
const historyTokensMax = 16_000
/** And files, which stand beside the question each time. */
const filesShare = 0.25
const filesTokensMax = 32_000
/** Before they are read. */
const usualFileTokens = 3000
const charactersPerToken = 4
/** And of what may still be spent: a call is paid for in advance by the byte, about four to a token, so this is half of it. */
const historyBudgetShare = 1 / 8

/** What memories may take of a model's context, and of what may still be spent. */
const memoriesShare = 1 / 16
const memoriesTokensMax = 1000

/** What the tools that are offered may take of a model's context, and of what may still be spent: each call carries them again. */
const toolsShare = 1 / 4

/**
 * One run, from question to stored answer. Read it top to bottom: each line is a stage, and a stage that refuses
 * throws an AppError before any model is called. Once text has streamed it never throws: a stop or a failing
 * model returns what there is, so that a partial answer is saved and charged like a whole one.
 */
export async function* run(deps: RunDeps, request: RunRequest): AsyncGenerator<RunEvent, void> {
  const { runId, conversationId, signal } = request
  yield { type: 'RUN_STARTED', threadId: conversationId, runId }
  // The paused run told a part of this answer, which is now told anew.
  if (request.resumes !== null) yield { type: 'CUSTOM', name: 'rewind', value: { messageId: request.assistantMessageId, length: 0 } }

  const { caller, room } = await deps.admit(request)

  const [verdict, past, instructions] = await Promise.all([guardParts(deps.guard, request.parts), deps.history(request), deps.instructions(request)])
  if (verdict.action !== 'allow') yield guardEvent(verdict)
  if (verdict.action === 'block') throw blocked(verdict)
  const text = textOf(verdict.parts)

  const promptTokens = tokensOfBound(Buffer.byteLength(text + (request.outside.context ?? '')))
  const { fileIds, hasPictures } = request.attached
  const { rulesTokens, hasTools } = deps.rulesTokens(caller, request.requestedTools)
  const route = deps.route({
    plan: caller.plan,
    requested: request.requestedModel,
    budgetLeft: room.budgetLeft,
    microUsdLeft: room.microUsdLeft,
    prompt: text,
    promptTokens,
    historyTokens: Math.min(past.tokens, historyTokensMax, Math.floor(room.tokensLeft * historyBudgetShare)),
    filesTokens: Math.min(filesTokensMax, fileIds.length * usualFileTokens),
    rulesTokens: rulesTokens + estimateTokens(instructions.own + instructions.foreign + instructions.shared),
    hasTools,
    hasPictures,
  })
  if (promptTokens > route.model.contextTokens * (1 - historyShare)) throw tooLong(route)
  yield { type: 'CUSTOM', name: 'route', value: routeValue(route) }

  const windowTokens = Math.min(historyTokensMax, route.model.contextTokens * historyShare)
  const fileTokens = Math.min(filesTokensMax, route.model.contextTokens * filesShare, room.tokensLeft * historyBudgetShare)
  const history = past.within({ windowTokens, tokensMax: Math.min(windowTokens, room.tokensLeft * historyBudgetShare) })
  const [recalled, attached] = await Promise.all([
    deps.recall(request, text, Math.min(memoriesTokensMax, route.model.contextTokens * memoriesShare, room.tokensLeft * memoriesShare), signal),
    deps.files(request, { question: text, charactersMax: Math.floor(fileTokens * charactersPerToken), sees: route.sees }),
  ])
  const { memories, note, isPaused, isFull } = recalled
  if (memories.length > 0 || note || isFull)
    yield { type: 'CUSTOM', name: 'memory', value: { memories, ...(note && { note }), ...(isFull && { full: true }) } }

  const given = attached.files.filter(({ passages }) => passages.length > 0).map(({ id, name, isWhole: whole }) => ({ id, name, whole }))
  if (given.length > 0) yield { type: 'CUSTOM', name: 'files', value: { items: given } }

  const answer = yield* deps.answer({
    caller,
    conversationId,
    taskId: request.taskId ?? runId,
    messageId: request.assistantMessageId,
    text,
    outside: request.outside,
    ...attached,
    history: history.messages,
    memories,
    instructions: instructions.own,
    foreignInstructions: instructions.foreign,
    sharedInstructions: instructions.shared,
    models: [route.model.id, ...route.fallbacks.map(({ id }) => id)],
    economy: route.economy.id,
    bill: request.bill,
    complete: deps.complete,
    toolNames: request.requestedTools,
    toolTokensMax: Math.min(route.model.contextTokens, room.tokensLeft) * toolsShare,
    effort: request.requestedEffort ?? undefined,
    steps: request.steps,
    record: request.record,
    signal,
  })
  if (signal.aborted && !isToEnd(signal.reason)) throw signal.reason

  const charges = deps.charge(answer.calls)
  const settled = settledRoute({ ...routeValue(route), ...answer.route }, request.routedBefore, (model) =>
    deps.charge(answer.calls.filter(({ ofTool }) => !ofTool).map((call) => ({ ...call, model }))),
  )
  await deps.save(request, settled, memories, given.length > 0 ? { ...answer, files: given } : answer, charges)
  if (settled.alternatives?.length) yield { type: 'CUSTOM', name: 'route', value: settled }
  yield { type: 'CUSTOM', name: 'cost', value: { costMicroUsd: totalOf(charges).costMicroUsd, cached: false } }
  yield endEvent(request, answer)

  if (verdict.action === 'allow' && answer.status !== 'failed' && !isPaused) {
    await deps.keepTurn(request)
    if (request.resumes === null) await deps.memorise(request)
  }
  if (answer.status === 'complete') await deps.name(request)
  if (history.isLong) await deps.sumUp(request, windowTokens)
}

const guardEvent = ({ score, action }: GuardedParts): RunEvent => ({ type: 'CUSTOM', name: 'guard', value: { channel: 'user', score, action } })

const routeValue = ({ model, reason, estimatedCostMicroUsd, alternatives, reading }: Route): RouteValue => ({
  model: model.id,
  reason,
  estimatedCostMicroUsd,
  task: reading.task,
  language: reading.language,
  difficulty: Math.round(reading.need * 100) / 100,
  alternatives,
})

const tooLong = ({ model }: Route) => refusal('invalid_request.too_long', { model: model.name, tokensMax: Math.floor(model.contextTokens / 2) })

function endEvent({ conversationId, runId }: RunRequest, { status, error, interrupts, usage }: AnswerResult): RunEvent {
  if (error) return { ...errorEvent(error), usage }
  if (status === 'waiting') {
    return { type: 'RUN_FINISHED', threadId: conversationId, runId, outcome: { type: 'interrupt', interrupts: interrupts.map(toAgui) }, usage }
  }
  return { type: 'RUN_FINISHED', threadId: conversationId, runId, outcome: { type: status === 'stopped' ? 'cancelled' : 'success' }, usage }
}
