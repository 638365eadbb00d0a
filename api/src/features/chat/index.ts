import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import { eq } from 'drizzle-orm'
import type { Agent } from '#features/agent/index.ts'
import type { Billing, Spending } from '#features/billing/index.ts'
import type { Guard } from '#features/guard/index.ts'
import type { MemoryStore } from '#features/memory/index.ts'
import type { Router } from '#features/router/index.ts'
import { admit as admitRequest, tellRateLimit } from '#http/rate-limit.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { totalOf } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import type { Database } from '#ports/database/index.ts'
import { messages } from '#ports/database/tables.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import type { Limits } from '#ports/limits/index.ts'
import { planWindows } from '#ports/limits/rate-limit.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { FastifyReply } from 'fastify'
import { createAccept } from './accept.ts'
import { createConversations } from './conversations.ts'
import { failRun, finishRun } from './finish.ts'
import { createRuns } from './follow.ts'
import { loadHistory } from './history.ts'
import { payerOf, type RunRow, waitingRuns } from './lease.ts'
import { createResume } from './resume.ts'
import { type BranchEnd, createSummaries } from './summaries.ts'
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
  audit: RecordAudit
  log: Log
  /** Who this is now, for a run that starts later than it was asked for. */
  current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>>
  runsWaitingMax: number
}
export type Chat = ReturnType<typeof createChat>

const memoriseJob = 'memorise'
const sumUpJob = 'sum-up'

/** Conversations and the runs that answer in them. */
export function createChat(deps: ChatDeps) {
  const { db, agent, billing, guard, memory, router, jobs, log } = deps
  const runs = createRuns(deps)
  const conversations = createConversations({ db, stopRuns: runs.stopAll })
  const finish = { db, lastSettlement: billing.lastSettlement, spentOn: billing.spentOn }
  /** Only where no other process can be the one that runs it. */
  let isRunHere = false

  const pipeline = (row: RunRow, spending: Spending, recalled: RecalledMemory[] | null): RunDeps => ({
    async admit() {
      const [caller, room] = await Promise.all([deps.current(row.userId), billing.room(row.userId)])
      return { caller, room }
    },
    guard: (text) => guard.inspect(text, 'user'),
    route: router.choose,
    recall: recalled
      ? async () => ({ memories: recalled })
      : (text, signal) => memory.recall({ userId: row.userId, runId: row.id, attempt: row.attempt }, text, signal),
    history: (request, room) => loadHistory({ db }, request, room),
    answer: agent.answer,
    prepay: spending.prepay,
    charge: (calls) => calls.map(billing.chargeOf),
    save: (_request, route, memories, answer, charges) =>
      finishRun(finish, row, { answer, route, memories, usage: totalOf(charges), due: spending.due() }),
    async memorise({ userId, conversationId, messageId, text }) {
      if (memory.hasFacts(text)) await addJob(memoriseJob, { userId, conversationId, messageId }, messageId)
    },
    sumUp: ({ conversationId, assistantMessageId: messageId }, windowTokens) =>
      addJob(sumUpJob, { conversationId, messageId, windowTokens }, `sum-up-${messageId}`),
  })

  /** The answer is told and stored: that this cannot be queued is not the person's concern. */
  async function addJob(name: string, payload: unknown, id: string): Promise<void> {
    try {
      await jobs.add(name, payload, { id })
    } catch (error) {
      log.error({ err: error, id }, `${name} could not be queued`)
    }
  }

  async function* execute(row: RunRow, signal: AbortSignal, abandon: () => void) {
    const [question] = await db.select({ content: messages.content }).from(messages).where(eq(messages.id, row.messageId))
    // What was remembered for an answer is remembered for all of it.
    const [answer] =
      row.resumes === null ? [] : await db.select({ memories: messages.memories }).from(messages).where(eq(messages.id, row.assistantMessageId))
    if (row.attempt > 1) await billing.releaseEarlier(row.id, row.attempt)
    const { steps, record } = await openSteps({ db, settlement: billing.settlement }, row)
    const spending = billing.openSpending(payerOf(row))
    // What cannot be kept must not go on: another attempt continues from the last step that was.
    const keep = async (step: RunStep) => {
      try {
        const due = spending.due()
        await record(step, due)
        spending.settled(due)
      } catch (error) {
        abandon()
        throw error
      }
    }
    const request: RunRequest = { ...row, runId: row.id, text: question?.content ?? '', steps, record: keep, signal }
    yield* run(pipeline(row, spending, answer?.memories ?? null), request)
  }

  /** One request of the caller's plan; the answer's headers say what is left. */
  const admit = (caller: Caller, reply?: FastifyReply) => admitRequest(deps.limits, planWindows(caller), reply)

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

    /** A hook for the routes that `accept` stands behind. */
    tellRateLimit: tellRateLimit(deps.limits, ({ caller }) => (caller ? planWindows(caller) : [])),

    resume: createResume(deps),

    waitingRuns: () => waitingRuns(db),

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
      const summaries = createSummaries({ db, agent, billing, log, model: router.economy })
      jobs.work(sumUpJob, async (payload, signal) => {
        const { windowTokens, ...end } = payload as BranchEnd & { windowTokens: number }
        await summaries.bringUpToDate(end, windowTokens, signal)
      })
      const fail = (row: RunRow, error: unknown) => failRun(finish, row, error)
      return startWorker({ ...deps, concurrency, alone, execute, fail, release: agent.release, retell: runs.retell })
    },
  }
}
