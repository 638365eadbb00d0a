import type { PlanId } from '@jarvis/contracts/plans.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { goneOf } from '#http/gone-of.ts'
import { signedIn } from '#http/caller.ts'
import { writeRateLimit } from '#http/rate-limit.ts'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { billingCycle } from '#lib/money.ts'
import type { Access } from '#lib/principal.ts'
import type { Limits } from '#ports/limits/index.ts'
import { ask, type Asked, type WindowsOf } from '#ports/limits/rate-limit.ts'
import type { Admitted } from './answering.ts'
import type { Frame } from './chat-answer.ts'
import type { ChatBody, Question } from './chat-request.ts'
import type { V1 } from './index.ts'
import { jarvis, type JarvisRun } from './jarvis.ts'

export type V1RoutesDeps = {
  v1: V1
  limits: Limits
  windowsOf: WindowsOf
  /** Of a billing cycle. */
  tokensOf(plan: PlanId): number
}

/** A question that may be answered: by a model, or by the assistant's run. `signal` aborts when the client goes. */
export type Entered = { caller: Access; signal: AbortSignal } & ({ admitted: Admitted } | { run: JarvisRun })

/** What each question passes: the plan's window, then what comes before a model is called. The answer says what is left. */
export function createEntrance({ v1, limits, windowsOf, tokensOf }: V1RoutesDeps) {
  /** Spends one request. @throws rate_limited */
  async function window(request: FastifyRequest, reply: FastifyReply): Promise<Access> {
    const caller = signedIn(request)
    const asked = await ask(limits, windowsOf(caller))
    writeWindow(reply, asked)
    if (asked.refusal) throw asked.refusal
    return caller
  }

  async function enter(request: FastifyRequest, reply: FastifyReply, question: Question, conversation: string | undefined): Promise<Entered> {
    const signal = goneOf(request, reply)
    if (question.model === jarvis) {
      const caller = signedIn(request)
      const run = await v1.assistant.ask(caller, question, conversation, signal)
      if (run.admission) writeWindow(reply, run.admission)
      return { caller, signal, run }
    }
    if (conversation !== undefined) {
      const message = 'Only the model "jarvis" keeps conversations: leave `conversation` out.'
      throw new AppError('invalid_request', message, { errors: [{ path: 'conversation', message }] })
    }
    const caller = await window(request, reply)
    const admitted = await v1.admit(caller, question, { mayCache: !/no-(?:store|cache)/i.test(request.headers['cache-control'] ?? '') })
    writeTokens(reply, tokensOf(caller.plan), admitted.tokensLeft)
    return { caller, signal, admitted }
  }

  return Object.assign(enter, { window })
}

/** As OpenAI has them, of the window that has the least left; beside ours. */
function writeWindow(reply: FastifyReply, asked: Asked): void {
  writeRateLimit(reply, asked)
  const [tightest] = asked.windows.map((window, index) => ({ ...window, ...asked.admissions[index]! })).toSorted((a, b) => a.remaining - b.remaining)
  if (!tightest) return
  void reply
    .header('x-ratelimit-limit-requests', tightest.requestsMax)
    .header('x-ratelimit-remaining-requests', tightest.remaining)
    .header('x-ratelimit-reset-requests', `${tightest.resetSeconds}s`)
}

function writeTokens(reply: FastifyReply, tokensMax: number, tokensLeft: number): void {
  const resetSeconds = Math.ceil((billingCycle(new Date()).endsAt.getTime() - Date.now()) / 1000)
  void reply
    .header('x-ratelimit-limit-tokens', tokensMax)
    .header('x-ratelimit-remaining-tokens', tokensLeft)
    .header('x-ratelimit-reset-tokens', `${resetSeconds}s`)
}

export const conversationOf = ({ conversation }: Pick<ChatBody, 'conversation'>): string | undefined =>
  (typeof conversation === 'object' ? conversation?.id : conversation) ?? undefined

export const frameOf = (prefix: string, entered: Entered, model: string): Frame => ({
  id: prefix + newId(),
  created: Math.floor(Date.now() / 1000),
  model: 'run' in entered ? jarvis : (entered.admitted.models[0] ?? model),
  ...('run' in entered && { conversation: entered.run.conversationId }),
})
