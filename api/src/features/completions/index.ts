import type { Billing } from '#features/billing/index.ts'
import type { Guard, GuardVerdict } from '#features/guard/index.ts'
import type { Router } from '#features/router/index.ts'
import type { Bill } from '#lib/money.ts'
import type { ChatModel, ModelAnswer } from '#ports/models/index.ts'
import { createCircuits } from './circuit.ts'
import { type Route, withFallback } from './fallback.ts'
import { paidCall, type Prompt, type Used } from './paid-call.ts'

export type { Prompt, Used } from './paid-call.ts'
export { createPaidEmbeddings } from './paid-embeddings.ts'

export type CompletionsDeps = {
  guard: Pick<Guard, 'judge'>
  router: Pick<Router, 'choose' | 'economy'>
  openSpending: Billing['openSpending']
  /** By id. */
  models: ReadonlyMap<string, ChatModel>
  log: { warn(details: object, text: string): void }
}

export type CompletionRequest = Prompt &
  Route & {
    /** Refuses an answer by throwing: another try may be made as long as nothing of it was shown. */
    check?(answer: ModelAnswer): void
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
export function createCompletions({ guard, router, openSpending, models, log }: CompletionsDeps) {
  const circuits = createCircuits()

  return {
    /** What a person wrote, judged before any model sees it. */
    guard: (text: string): Promise<GuardVerdict> => guard.judge(text, 'user'),
    route: router.choose,
    /** Does the work that nobody waits for. */
    economy: router.economy,

    /** `assure` is asked before each call is paid for. */
    open(bill: Bill, assure: () => Promise<void> = async () => {}) {
      const spending = openSpending(bill)

      /** @throws budget_exhausted, ceiling_reached, unauthenticated, upstream_rejected, upstream_failed, upstream_timeout */
      async function complete({ check, onUsed = () => {}, ...request }: CompletionRequest): Promise<Completion> {
        const { signal } = request
        return await withFallback(request, async (model, streamed) => {
          signal.throwIfAborted()
          const chatModel = models.get(model)!
          // An open circuit refuses before anything is set aside.
          const completed = await circuits.of(model).pass(async () => {
            await assure()
            return await paidCall({ prepay: spending.prepay, onUsed, log, signal }, model, request, streamed, (prompt) =>
              chatModel.complete({ ...prompt, signal }),
            )
          })
          check?.(completed.answer)
          return { model, ...completed }
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
