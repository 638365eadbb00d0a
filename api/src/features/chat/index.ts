import type { Agent } from '#features/agent/index.ts'
import type { Billing } from '#features/billing/index.ts'
import type { MemoryStore } from '#features/memory/index.ts'
import type { Router } from '#features/router/index.ts'
import type { Runs } from '#features/runs/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import type { Limits } from '#ports/limits/index.ts'
import { askOnce, planWindows } from '#ports/limits/rate-limit.ts'
import type { Signals } from '#ports/signals/index.ts'
import { createAccept } from './accept.ts'
import { type AnswerKindDeps, createAnswerKind } from './answer-kind.ts'
import { createConversations } from './conversations.ts'
import { createChatJobs } from './jobs.ts'
import { createResume } from './resume.ts'
import { createSummaries } from './summaries.ts'
import { createWaiting } from './waiting.ts'

export { acceptedOf } from './accept.ts'

export type ChatDeps = Pick<Database, 'db'> &
  Omit<AnswerKindDeps, 'jobs'> & {
    agent: Agent
    billing: Billing
    memory: MemoryStore
    router: Router
    runs: Runs
    limits: Limits
    signals: Signals
    jobs: Jobs
    audit: RecordAudit
    log: Log
    runsWaitingMax: number
    /** No other process can be the one that runs what is accepted here. */
    runsHere: boolean
  }
export type Chat = ReturnType<typeof createChat>

/** Conversations, and the run kind `answer` that answers in them. */
export function createChat(deps: ChatDeps) {
  const { db, agent, memory, router, runs, limits, signals } = deps
  const jobs = createChatJobs({ ...deps, summaries: createSummaries(deps) })
  const { endWait, pausedFor } = createWaiting(deps)
  runs.register('answer', { ...createAnswerKind({ ...deps, jobs }), endWait })

  return {
    conversations: createConversations({ db, stopRuns: runs.stopAll }),

    accept: createAccept({
      db,
      signals,
      admit: (caller, messageId) => askOnce(limits, `${caller.userId}:${messageId}`, planWindows(caller)),
      checkModel: ({ plan }, model) => router.checkRequested(plan, model),
      toolNames: (caller) => agent.toolsOf(caller).map(({ name }) => name),
      prepare: (text) => deps.runsHere && memory.prepare(text),
      runsWaitingMax: deps.runsWaitingMax,
    }),

    resume: createResume(deps),
    pausedFor,

    /** Starts doing in this process what answers leave to be done. */
    startJobs: () => jobs.work(),
  }
}
