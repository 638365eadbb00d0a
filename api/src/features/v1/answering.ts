import type { Billing } from '#features/billing/index.ts'
import type { Completions } from '#features/completions/index.ts'
import { blocked, type Guard } from '#features/guard/index.ts'
import type { Router } from '#features/router/index.ts'
import { AppError } from '#lib/app-error.ts'
import { tokensOfBound } from '#lib/money.ts'
import type { Access } from '#lib/principal.ts'
import { refusal } from '#lib/refusal.ts'
import type { ModelMessage, ModelSink } from '#ports/models/index.ts'
import { promptTokensMax } from '#ports/models/prompt-bound.ts'
import type { Whole } from './chat-answer.ts'
import type { Question } from './chat-request.ts'
import type { createResponseCache } from './response-cache.ts'
import { modelNotFound, unsupported } from './unsupported.ts'

export type AnsweringDeps = {
  billing: Pick<Billing, 'room' | 'chargeOf'>
  completions: Pick<Completions, 'guard' | 'route' | 'open'>
  guard: Pick<Guard, 'judge'>
  router: Pick<Router, 'checkRequested' | 'modelsOf'>
  kept: ReturnType<typeof createResponseCache>
}

/** A question that passed all that comes before a model is called. */
export type Admitted = Question & { models: string[]; economy: string; reason: string; tokensLeft: number; mayCache: boolean }

/** One call of a model for a client that brings its own prompt and tools: guard → route → prepay → call → settle. Nothing is stored but the charge. */
export function createAnswering({ billing, completions, guard, router, kept: cache }: AnsweringDeps) {
  /** @throws model not found, model_not_allowed */
  function requestedOf(caller: Access, model: string): string | null {
    try {
      return router.checkRequested(caller.plan, model, caller.apiKey?.models)
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid_request') throw modelNotFound(model)
      throw error
    }
  }

  /** What a client's tools return is text from outside; what the person or the client's rules say is theirs. */
  async function guarded(message: ModelMessage): Promise<ModelMessage> {
    if (message.text === '' || message.role === 'system' || message.role === 'assistant') return message
    const verdict = message.role === 'user' ? await completions.guard(message.text) : await guard.judge(message.text, 'tool_output')
    const { action, text } = verdict
    if (action === 'block' && message.role === 'user') throw blocked(verdict)
    return { ...message, text: action === 'block' ? withheld : text }
  }

  return {
    /** @throws what refuses it, before any model is called */
    async admit(caller: Access, question: Question, { mayCache = true } = {}): Promise<Admitted> {
      const requested = requestedOf(caller, question.model)
      // Who may say `auto` leaves the choice to the router.
      const only = requested === null ? undefined : (caller.apiKey?.models ?? undefined)
      const room = await billing.room({ payer: caller.payer, actorId: caller.userId })
      const messages: ModelMessage[] = []
      // One after the other: a long thread is no reason to keep others from the guard.
      for (const message of question.messages) messages.push(await guarded(message))
      const promptTokens = tokensOfBound(promptTokensMax(messages, question.tools, question.wishes))
      const route = completions.route({
        plan: caller.plan,
        requested,
        budgetLeft: room.budgetLeft,
        microUsdLeft: room.microUsdLeft,
        prompt: messages.findLast(({ role }) => role === 'user')?.text ?? '',
        promptTokens,
        historyTokens: 0,
        filesTokens: 0,
        rulesTokens: 0,
        needs: needsOf({ ...question, messages }),
        only,
      })
      if (promptTokens > route.model.contextTokens) throw refusal('context_too_long')
      const capable = capableOf({ ...question, messages }, router.modelsOf(caller.plan))
      const { id } = route.model
      capable.require(id)
      return {
        ...question,
        messages,
        models: [id, ...route.fallbacks.map((fallback) => fallback.id).filter(capable.may)],
        economy: capable.may(route.economy.id) ? route.economy.id : id,
        reason: route.reason,
        tokensLeft: room.tokensLeft,
        mayCache,
      }
    },

    /** Makes the call; an aborted signal reaches the provider and stops the charge. */
    async answer(
      caller: Access,
      admitted: Admitted,
      { signal, sink, onModel }: { signal: AbortSignal; sink?: ModelSink; onModel?(model: string): void },
    ): Promise<Whole & { model: string }> {
      const { models, economy, messages, tools, wishes, outputTokensMax, effort } = admitted
      let { reason } = admitted
      const key = cache.keyOf(caller.userId, admitted)
      const kept = key === null ? undefined : await cache.find(key)
      if (kept) {
        if (sink) retell(kept, sink)
        return kept
      }
      await using work = completions.open({ payer: caller.payer, actorId: caller.userId })
      const { model, answer, used } = await work.complete({
        messages,
        tools,
        wishes,
        ...(outputTokensMax !== undefined && { outputTokensMax }),
        ...(effort && { effort }),
        ...(sink && { sink }),
        models,
        economy,
        answering: { model: models[0]! },
        mayBeEmpty: true,
        onRoute: (model, because) => {
          reason = because
          onModel?.(model)
        },
        signal,
      })
      const { costMicroUsd } = billing.chargeOf({ ...used, model })
      const whole = { ...answer, model, used, receipt: { costMicroUsd, cached: false, reason } }
      if (key !== null) await cache.keep(key, whole, models[0]!)
      return whole
    },
  }
}

function retell({ text, reasoning, calls }: Whole, sink: ModelSink): void {
  sink.reasoning(reasoning)
  sink.text(text)
  for (const { id, name, args, malformed } of calls) {
    sink.toolCallStart(id, name)
    sink.toolCallArgs(id, malformed ?? JSON.stringify(args))
  }
}

const withheld = 'The result was withheld: it tried to give the assistant instructions.'

const needsOf = ({ tools, messages, wishes }: Question) => ({
  tools: tools.length > 0,
  images: messages.some((message) => message.role === 'user' && message.images !== undefined),
  json: wishes.format !== undefined,
})

/** Which models can do what is asked. */
function capableOf(question: Question, known: ReturnType<Router['modelsOf']>) {
  const needs = needsOf(question)
  const params = { tools: 'tools', images: 'messages', json: 'response_format' } as const
  const lacks = (id: string) => {
    const capabilities = known.find((model) => model.id === id)?.capabilities
    return (Object.keys(needs) as (keyof typeof needs)[]).find((need) => needs[need] && capabilities && !capabilities[need])
  }
  return {
    may: (id: string) => lacks(id) === undefined,
    /** @throws invalid_request */
    require(id: string): void {
      const missing = lacks(id)
      if (missing === 'images') throw refusal('invalid_request.images')
      if (missing) throw unsupported(params[missing], `The model "${id}" does not support this: choose another one, or leave ${params[missing]} out.`)
    },
  }
}
