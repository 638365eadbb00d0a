import { planLimits } from '@jarvis/contracts/plans.ts'
import { eq } from 'drizzle-orm'
import type { Agent, AnswerResult } from '#features/agent/index.ts'
import type { Billing, Charge } from '#features/billing/index.ts'
import type { Guard } from '#features/guard/index.ts'
import type { MemoryStore } from '#features/memory/index.ts'
import type { Router } from '#features/router/index.ts'
import { admit as admitRequest } from '#http/rate-limit.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { estimateTokens } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Database } from '#ports/database/index.ts'
import { messages } from '#ports/database/tables.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { FastifyReply } from 'fastify'
import { createAccept } from './accept.ts'
import { createConversations } from './conversations.ts'
import { failRun, finishRun } from './finish.ts'
import { createRuns } from './follow.ts'
import { loadHistory } from './history.ts'
import type { RunRow } from './lease.ts'
import { openSteps } from './steps.ts'
import { run, type RunDeps, type RunRequest } from './run.ts'
import { startWorker } from './worker.ts'

export { chatRoutes } from './routes.ts'
export { chatFrames } from './socket.ts'

export type ChatDeps = Pick<Database, 'db'> & {
  agent: Agent
  billing: Billing
  guard: Guard
  memory: MemoryStore
  router: Router
  limits: Limits
  runLog: RunLog
  signals: Signals
  jobs: Jobs
  log: Log
  /** Who this is now, for a run that starts later than it was asked for. */
  current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>>
  priceOf(usage: AnswerResult['usage'][number]): Charge
  outputTokensMax: number
  runsWaitingMax: number
}
export type Chat = ReturnType<typeof createChat>

const memoriseJob = 'memorise'

/** Conversations and the runs that answer in them. */
export function createChat(deps: ChatDeps) {
  const { db, agent, billing, guard, memory, router, jobs, log } = deps
  const runs = createRuns(deps)
  const conversations = createConversations({ db, stopRuns: runs.stopAll })
  const finish = { db, settlement: billing.settlement }
  /** Only where no other process can be the one that runs it. */
  let isRunHere = false

  const pipeline = (row: RunRow): RunDeps => ({
    async admit(request) {
      const caller = await deps.current(row.userId)
      const { budgetLeft } = await billing.reserve(caller, row.id, estimateTokens(request.text) + deps.outputTokensMax)
      return { caller, budgetLeft }
    },
    guard: (text) => guard.inspect(text, 'user'),
    route: router.choose,
    recall: memory.recall,
    history: (request, tokensMax) => loadHistory({ db }, request.conversationId, request.messageId, tokensMax),
    answer: agent.answer,
    charge: (usage) => usage.map(deps.priceOf),
    save: (_request, route, memories, answer, charges) => finishRun(finish, row, { answer, route, memories, charges }),
    async memorise({ userId, conversationId, messageId, text }) {
      if (!memory.hasFacts(text)) return
      try {
        await jobs.add(memoriseJob, { userId, conversationId, messageId }, { id: messageId })
      } catch (error) {
        log.error({ err: error, messageId }, 'memorising could not be queued')
      }
    },
  })

  async function* execute(row: RunRow, signal: AbortSignal, abandon: () => void) {
    const [question] = await db.select({ content: messages.content }).from(messages).where(eq(messages.id, row.messageId))
    const { steps, record } = await openSteps({ db }, row)
    // What cannot be kept must not go on: another attempt continues from the last step that was.
    const keep = async (step: RunStep) => {
      try {
        await record(step)
      } catch (error) {
        abandon()
        throw error
      }
    }
    const request: RunRequest = { ...row, runId: row.id, text: question?.content ?? '', steps, record: keep, signal }
    yield* run(pipeline(row), request)
  }

  /** One request of the caller's plan; the answer's headers say what is left. */
  const admit = (caller: Caller, reply?: FastifyReply) =>
    admitRequest(
      deps.limits,
      { name: 'plan', key: `plan:${caller.userId}`, requestsMax: planLimits[caller.plan].requestsPerMinute, windowSeconds: 60 },
      reply,
    )

  return {
    conversations,
    runs,

    accept: createAccept({
      db,
      signals: deps.signals,
      admit,
      checkModel: ({ plan }, model) => router.checkRequested(plan, model),
      toolNames: (caller) => agent.toolsOf(caller).map(({ name }) => name),
      prepare: (text) => isRunHere && memory.prepare(text),
      runsWaitingMax: deps.runsWaitingMax,
    }),

    /** Stops what is at work for a person and drops its events, before their account is erased. */
    forget: (caller: Caller) => runs.forgetAll(caller),

    /** Starts executing runs, and the jobs they leave behind, in this process. */
    async startWorker({ concurrency, alone }: { concurrency: number; alone: boolean }) {
      isRunHere = alone
      jobs.work(memoriseJob, async (payload) => {
        const { userId, conversationId, messageId } = payload as { userId: string; conversationId: string; messageId: string }
        const [message] = await db.select({ content: messages.content }).from(messages).where(eq(messages.id, messageId))
        if (message) await memory.memorise(userId, { text: message.content, conversationId })
      })
      return startWorker({ ...deps, concurrency, alone, execute, fail: (row, error) => failRun(finish, row, error), retell: runs.retell })
    },
  }
}
