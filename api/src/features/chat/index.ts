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
import { askOnce, type WindowsOf } from '#ports/limits/rate-limit.ts'
import type { Signals } from '#ports/signals/index.ts'
import { createAccept } from './accept.ts'
import { createAnswerAgain, createContinueAnswer } from './again.ts'
import { type AnswerKindDeps, createAnswerKind } from './answer-kind.ts'
import { createConversations } from './conversations.ts'
import { createEntry } from './entry.ts'
import { createFeedback } from './feedback.ts'
import { createFolders } from './folders.ts'
import { createChatJobs } from './jobs.ts'
import { createPlaceOf } from './place-of.ts'
import { routingTotals } from './routing.ts'
import { createResume } from './resume.ts'
import { createShares } from './shares.ts'
import { createSummaries } from './summaries.ts'
import { createTitles } from './titles.ts'
import { createTakeIn } from './take-in.ts'
import { createTell, tellNewest } from './told.ts'
import { createWaiting } from './waiting.ts'

export { type Acceptance, acceptedOf } from './entry.ts'
export type { Place } from './place-of.ts'
export { ofAnybody } from './of-anybody.ts'
export { framesOf, personTold, readTold } from './told.ts'

export type ChatDeps = Pick<Database, 'db'> &
  Omit<AnswerKindDeps, 'jobs' | 'tell'> & {
    agent: Agent
    billing: Billing
    memory: MemoryStore
    router: Router
    runs: Runs
    limits: Limits
    windowsOf: WindowsOf
    signals: Signals
    jobs: Jobs
    audit: RecordAudit
    log: Log
    publicUrl: string
    namesByModel(): boolean
    runsWaitingMax: number
  }
export type Chat = ReturnType<typeof createChat>

/** Conversations, and the run kind `answer` that answers in them. */
export function createChat(deps: ChatDeps) {
  const { db, agent, router, runs, limits, signals } = deps
  const tell = createTell(deps)
  const folders = createFolders({ db })
  const entry = createEntry({
    db,
    admit: (caller, name) => askOnce(limits, `${caller.userId}:${name}`, deps.windowsOf(caller)),
    checkModel: ({ plan, apiKey }, model) => router.checkRequested(plan, model, apiKey?.models),
    toolNames: (caller) => agent.toolsOf(caller).map(({ name }) => name),
    runsWaitingMax: deps.runsWaitingMax,
  })
  const jobs = createChatJobs({ ...deps, summaries: createSummaries(deps), titles: createTitles({ ...deps, tell }) })
  const { endWait, pausedFor } = createWaiting({ ...deps, tell })
  runs.register('answer', { ...createAnswerKind({ ...deps, jobs, tell }), endWait })

  return {
    conversations: createConversations({
      db,
      folders,
      stopRuns: runs.stopAll,
      forgetFrom: deps.memory.forgetFrom,
      removeTurns: deps.memory.removeTurns,
      tell,
    }),
    folders,
    shares: createShares(deps),
    feedback: createFeedback({ db }),
    routingTotals: () => routingTotals({ db }),
    accept: createAccept({
      db,
      signals,
      entry,
      filesOf: deps.files.named,
      tell,
    }),
    answerAgain: createAnswerAgain({ db, signals, entry, tell }),
    continueAnswer: createContinueAnswer({ db, signals, entry, tell }),
    resume: createResume({ ...deps, tell }),
    pausedFor,
    placeOf: createPlaceOf({ db }),
    takeIn: createTakeIn({ db }),
    tellNewest: (userId: string) => tellNewest({ db, tell }, userId),

    /** Starts doing in this process what answers leave to be done. */
    startJobs: () => jobs.work(),
  }
}
