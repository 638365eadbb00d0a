import type { Interrupt, ResumeEntry } from '@jarvis/contracts/approvals.ts'
import { and, eq, sql } from 'drizzle-orm'
import { type Agent, waitingIn } from '#features/agent/index.ts'
import { continueRun, runQueued, type RunRow, stepsOf } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { RunStep, StepOf } from '#lib/run-step.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, runs } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import { refusal } from '#lib/refusal.ts'
import type { Tell } from './told.ts'
import { requirePerson } from './waiting.ts'

type Transaction = Parameters<Parameters<Database['db']['transaction']>[0]>[0]
type Decision = StepOf<'decision'>
export type ResumeDeps = Pick<Database, 'db'> & { signals: Signals; agent: Pick<Agent, 'readArgs' | 'remember'>; audit: RecordAudit; tell: Tell }

/**
 * Takes a person's word on what a paused run waits for, and queues the run that goes on, in one transaction. However often and from wherever
 * the same word comes, one run goes on; another word than the first is a conflict.
 * @throws forbidden for an API key, not_found, invalid_request, conflict, approval_expired
 */
export function createResume({ db, signals, agent, audit, tell }: ResumeDeps) {
  return async function resume(caller: Caller, runId: string, entries: ResumeEntry[]): Promise<{ runId: string }> {
    requirePerson(caller)
    const { next, isNew } = await db.transaction(async (tx) => {
      const run = await lockRun(tx, caller, runId)
      const waiting = waitingIn(await stepsOf(tx, runId))
      const decisions = readDecisions(waiting, entries).map((decision) => asItRuns(caller, waiting, decision, agent))
      const [successor] = await tx.select().from(runs).where(eq(runs.resumes, runId))
      if (successor) {
        if (!(await wasDecided(tx, successor.id, decisions))) throw refusal('conflict.answered')
        return { next: successor, isNew: false }
      }
      if (run.status !== 'interrupted') throw refusal('conflict.not_waiting')
      for (const decision of decisions) requireValid(caller, waiting, decision, agent)
      const next = await goOn(tx, run, decisions)
      for (const { interruptId, outcome, edited } of decisions) {
        const { tool, argsHash, toolCallId, mayRemember } = waiting.find(({ id }) => id === interruptId)!
        await audit(tx, { action: 'tool.decided', actorId: caller.userId, target: tool, details: { outcome, edited, argsHash, toolCallId, runId } })
        const wish = entries.find((entry) => entry.interruptId === interruptId)?.payload?.remember
        // As far as the card offered it.
        const isOffered = outcome === 'approved' && mayRemember
        if (isOffered && wish !== false) await agent.remember(tx, caller.userId, run.conversationId, tool, wish === true)
      }
      return { next, isNew: true }
    })
    // Stored already: should the signal be lost, a worker finds the run at its next look.
    if (isNew) {
      signals.publish(runQueued, next.id)
      tell({ type: 'approval', userId: caller.userId, runId, state: 'answered' })
      tell({ type: 'run', userId: caller.userId, ...toldOf(next) })
    }
    return { runId: next.id }
  }
}

/** The conversation's row is locked first, as by a new message: what ends the wait and what answers it come one after the other. */
async function lockRun(tx: Transaction, caller: Caller, runId: string): Promise<RunRow> {
  await tx.execute(sql`
    select c.id from ${conversations} c join ${runs} r on r.conversation_id = c.id
    where r.id = ${runId} and r.user_id = ${caller.userId} for update of c`)
  const [run] = await tx
    .select()
    .from(runs)
    .where(and(eq(runs.id, runId), eq(runs.userId, caller.userId)))
  if (!run) throw new AppError('not_found', 'There is no such run.')
  return run
}

function readDecisions(waiting: Interrupt[], entries: ResumeEntry[]): Decision[] {
  const byId = new Map(entries.map((entry) => [entry.interruptId, entry]))
  const faults = [
    ...entries
      .filter(({ interruptId }) => !waiting.some(({ id }) => id === interruptId))
      .map(({ interruptId }) => `"${interruptId}" waits in no call of this run`),
    ...waiting.filter(({ id }) => !byId.has(id)).map(({ id, tool }) => `"${id}" (${tool}) is not answered`),
    ...(byId.size < entries.length ? ['an interrupt is answered twice'] : []),
  ]
  if (waiting.length === 0) throw refusal('conflict.not_waiting')
  if (faults.length > 0) throw invalid('Answer every interrupt of the run, each once.', faults)
  return waiting.map((interrupt) => {
    const { status, payload } = byId.get(interrupt.id)!
    const isExpired = Date.parse(interrupt.expiresAt) <= Date.now()
    const decision = { kind: 'decision', interruptId: interrupt.id, toolCallId: interrupt.toolCallId, args: interrupt.args, edited: false } as const
    if (status === 'cancelled') return { ...decision, outcome: isExpired ? 'expired' : 'denied' }
    if (!payload) throw invalid('An answer needs a payload.', [`"${interrupt.id}" has no payload`])
    if (!payload.approved) return { ...decision, outcome: 'denied' }
    if (payload.argsHash === undefined) throw invalid('An approval names the argsHash that was shown.', [`"${interrupt.id}" has no argsHash`])
    if (payload.argsHash !== interrupt.argsHash) throw refusal('conflict.changed_call')
    if (payload.args === undefined || payload.args === interrupt.args) return { ...decision, outcome: 'approved' }
    return { ...decision, outcome: 'approved', args: payload.args, edited: true }
  })
}

function requireValid(caller: Caller, waiting: Interrupt[], { interruptId, outcome, edited, args }: Decision, agent: ResumeDeps['agent']): void {
  if (outcome !== 'approved') return
  const { expiresAt, tool } = waiting.find(({ id }) => id === interruptId)!
  if (Date.parse(expiresAt) <= Date.now()) {
    throw refusal('approval_expired')
  }
  const read = edited ? agent.readArgs(caller, tool, args) : { args }
  if ('fault' in read) throw new AppError('invalid_request', read.fault, { errors: [{ path: 'resume', message: read.fault }] })
}

/** What a person wrote, in the tool's own way of writing it: who writes what was shown in other words has changed nothing. */
function asItRuns(caller: Caller, waiting: Interrupt[], decision: Decision, agent: ResumeDeps['agent']): Decision {
  if (!decision.edited) return decision
  const shown = waiting.find(({ id }) => id === decision.interruptId)!
  const read = agent.readArgs(caller, shown.tool, decision.args)
  return 'fault' in read ? decision : { ...decision, args: read.args, edited: read.args !== shown.args }
}

async function wasDecided(tx: Transaction, successorId: string, decisions: Decision[]): Promise<boolean> {
  const steps = await stepsOf(tx, successorId)
  return decisions.every(({ interruptId, outcome, args }) =>
    steps.some((step) => {
      if (step.kind !== 'decision' || step.interruptId !== interruptId) return false
      // A "no" that is said again after the time was over is still the same no.
      return outcome === 'approved' ? step.outcome === outcome && step.args === args : step.outcome !== 'approved'
    }),
  )
}

/** The next run of the task, and its message streams again. */
export async function goOn(tx: Transaction, run: RunRow, steps: RunStep[]): Promise<RunRow> {
  const id = newId()
  await tx.execute(sql`
    with ${continueRun(run, id, steps)}
    update messages set status = 'streaming', run_id = next.id, interrupts = '[]' from next where messages.id = ${run.assistantMessageId}`)
  return { ...run, id, resumes: run.id, taskId: run.taskId ?? run.id }
}

/** What open pages are sent of a run. */
export const toldOf = ({ id: runId, conversationId, messageId, assistantMessageId }: RunRow) => ({
  runId,
  conversationId,
  messageId,
  assistantMessageId,
})

const invalid = (message: string, faults: string[]) =>
  new AppError('invalid_request', `${message} ${faults.join('; ')}.`, { errors: faults.map((message) => ({ path: 'resume', message })) })
