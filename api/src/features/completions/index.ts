import type { Billing } from '#features/billing/index.ts'
import type { Guard, GuardVerdict } from '#features/guard/index.ts'
import type { Route, RouteQuestion, Router } from '#features/router/index.ts'
import { circuitOpen } from '#lib/meters.ts'
import { type Bill, tokensOfBound } from '#lib/money.ts'
import { refusal } from '#lib/refusal.ts'
import type { SecretKind } from '#lib/secrets.ts'
import type { ChatModel, ModelAnswer } from '#ports/models/index.ts'
import { ProviderError } from '#ports/models/provider-error.ts'
import { promptTokensMax } from '#ports/models/prompt-bound.ts'
import type { Tracing } from '#ports/tracing/index.ts'
import { createCallRecords, type KeepFailure } from './call-records.ts'
import { createCircuits } from './circuit.ts'
import { type Candidates, withFallback } from './fallback.ts'
import { createMasking } from './masking.ts'
import { createSpeeds } from './speeds.ts'
import { paidCall, type Prompt, type Used } from './paid-call.ts'

export type { Prompt, Used } from './paid-call.ts'
export { createPaidAudio, type PaidAudio } from './paid-audio.ts'
export { createPaidPictures, microUsdPerPictureUnit, type PaidPictures } from './paid-pictures.ts'
export { createPaidEmbeddings, type PaidEmbeddings } from './paid-embeddings.ts'

export type CompletionsDeps = {
  guard: Pick<Guard, 'judge'>
  router: Pick<Router, 'choose' | 'economy' | 'estimate'>
  openSpending: Billing['openSpending']
  /** By id. */
  models: Pick<ReadonlyMap<string, ChatModel>, 'get'>
  tracing: Tracing
  /** What is masked in whatever a model says; nothing by default. */
  masks?: ReadonlySet<SecretKind>
  /** For administrators, who are shown it on the answer. */
  keepFailure?: KeepFailure | undefined
  log: { info(details: object, text: string): void; warn(details: object, text: string): void }
}

export type CompletionRequest = Prompt &
  Candidates & {
    /** Refuses an answer by throwing: another try may be made as long as nothing of it was shown. */
    check?(answer: ModelAnswer): void
    /** An answer that says nothing is one all the same: a client of the API reads why it ended. */
    mayBeEmpty?: boolean
    /** What each call used, as it is charged; those that broke off are calls too. */
    onUsed?(model: string, used: Used): void
  }
export type Completion = { model: string; answer: ModelAnswer; used: Used }
export type Complete = (request: CompletionRequest) => Promise<Completion>
export type Completions = ReturnType<typeof createCompletions>

/**
 * A completion is one guarded, routed, prepaid call of a model: guard → route → prepay → call → settle. What needs a model asks here:
 * answers and summaries do. The calls of a piece of work are opened on its bill, and whatever becomes of it, disposing settles or gives back.
 */
export function createCompletions({ guard, router, openSpending, models, tracing, masks = new Set(), keepFailure, log }: CompletionsDeps) {
  const circuits = createCircuits()
  const speeds = createSpeeds()
  const records = createCallRecords(log, keepFailure)

  return {
    /** What a person wrote, judged before any model sees it. */
    guard: (text: string): Promise<GuardVerdict> => guard.judge(text, 'user'),
    /** With what is known of the providers now. */
    route: (question: RouteQuestion): Route =>
      router.choose({ ...question, providers: { failing: circuits.failing(), firstTokenMs: speeds.firstTokenMs() } }),
    /** Models that are left alone now, for they failed again and again. */
    leftAlone: circuits.failing,
    /** Does the work that nobody waits for. */
    get economy() {
      return router.economy
    },
    /** `assure` is asked before each call is paid for. */
    open(bill: Bill, assure: () => Promise<void> = async () => {}) {
      const spending = openSpending(bill)

      /** @throws budget_exhausted, ceiling_reached, unauthenticated, upstream_rejected, upstream_failed, upstream_timeout, provider_quota, context_too_long, content_filtered */
      async function complete({ check, mayBeEmpty, onUsed = () => {}, ...request }: CompletionRequest): Promise<Completion> {
        const { signal } = request
        const estimate = (model: string) => router.estimate(model, tokensOfBound(promptTokensMax(request.messages, request.tools, request.wishes)))
        return await withFallback({ ...request, estimate }, async (model, { number, streamed }) => {
          signal.throwIfAborted()
          const chatModel = models.get(model)
          // The table has changed under an answer that was begun.
          if (!chatModel) throw refusal('upstream_failed.no_model')
          const at = { provider: chatModel.provider, model, attempt: number }
          const masking = createMasking(masks, request.sink)
          try {
            // An open circuit refuses before anything is set aside.
            const completed = await tracing.span(
              `chat ${model}`,
              { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': at.provider, 'gen_ai.request.model': model, 'jarvis.try': number },
              async (span) => {
                const noteUsed = (model: string, used: Used) => {
                  span.set({ 'gen_ai.usage.input_tokens': used.inputTokens, 'gen_ai.usage.output_tokens': used.outputTokens })
                  onUsed(model, used)
                }
                const completed = await circuits.of(at).pass(async () => {
                  await assure()
                  return await paidCall(
                    { prepay: spending.prepay, onUsed: noteUsed, log, signal },
                    model,
                    { ...request, sink: masking.sink },
                    streamed,
                    (prompt) => chatModel.complete({ ...prompt, sink: speeds.timed(model, prompt.sink), signal }),
                  )
                })
                if (!mayBeEmpty) requireWords(completed.answer)
                check?.(completed.answer)
                span.set({ 'jarvis.outcome': 'ok' })
                return completed
              },
              { kind: 'client' },
            )
            records.succeeded(at)
            masking.flush()
            return { model, ...completed, answer: masking.masked(completed.answer) }
          } catch (error) {
            masking.flush()
            await records.failed(at, error, { bill, signal })
            throw error
          } finally {
            circuitOpen.set({ provider: chatModel.provider, model }, circuits.of(at).isOpen() ? 1 : 0)
          }
        })
      }

      return {
        complete,
        due: spending.due,
        settled: spending.settled,
        [Symbol.asyncDispose]: () => spending[Symbol.asyncDispose](),
      }
    },
  }
}

/** An answer that says nothing is a failure; where the provider withheld or cut it, the same question would be paid for again for nothing. */
function requireWords({ text, calls, finishReason }: ModelAnswer): void {
  if (calls.length > 0 || text !== '') return
  if (finishReason === 'content_filter') throw new ProviderError('content_filtered.answer', {}, { isFinal: true })
  if (finishReason === 'length') throw new ProviderError('upstream_failed.cut_before_text', {}, { isFinal: true })
  throw new ProviderError('upstream_failed.empty')
}
