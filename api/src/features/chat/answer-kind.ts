import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import { textOf } from '@jarvis/contracts/parts.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { eq, sql } from 'drizzle-orm'
import { type Agent, type AnswerResult, waitingIn } from '#features/agent/index.ts'
import { audited } from '#features/audit/index.ts'
import type { Billing } from '#features/billing/index.ts'
import type { Completions } from '#features/completions/index.ts'
import type { Files } from '#features/files/index.ts'
import type { MemoryStore } from '#features/memory/index.ts'
import { type Attempt, openSteps, type RunKind, type RunRow, stepsOf } from '#features/runs/index.ts'
import type { AuditEvent } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import { totalOf } from '#lib/money.ts'
import type { RunStep } from '#lib/run-step.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages } from '#ports/database/tables.ts'
import type { Tracing } from '#ports/tracing/index.ts'
import { attachedIn } from './attached.ts'
import { partsOfRow, toMessage } from './messages.ts'
import { failRun, finishRun } from './finish.ts'
import { instructionsFor } from './folders.ts'
import { loadHistory, outsideOf } from './history.ts'
import type { ChatJobs } from './jobs.ts'
import { lostCharacters } from './lost-text.ts'
import { payerOf } from './payer.ts'
import { retell } from './retell.ts'
import { run, type RunDeps, type RunRequest } from './run.ts'
import type { Tell } from './told.ts'

export type AnswerKindDeps = Pick<Database, 'db'> & {
  agent: Pick<Agent, 'answer' | 'promptTokens' | 'release'>
  billing: Pick<Billing, 'room' | 'chargeOf' | 'settlement' | 'settleEarlier' | 'spentOn'>
  completions: Completions
  files: Pick<Files, 'forPrompt' | 'named'>
  memory: Pick<MemoryStore, 'recall' | 'keepTurn'>
  jobs: Pick<ChatJobs, 'memorise' | 'name' | 'sumUp'>
  tell: Tell
  /** For who is not at the page. Never rejects. */
  tellAway(news: { kind: 'answer' | 'failed' | 'approval'; userId: string; runId: string }): void
  tracing: Tracing
  /** Who this is now, for a run that starts later than it was asked for. */
  current(userId: string): Promise<Pick<Caller, 'userId' | 'role' | 'plan'>>
}

const newsOf = { complete: 'answer', failed: 'failed', waiting: 'approval' } as const

/** What was remembered for an answer that goes on, whether its question begins the conversation, and whether that is kept. */
type Begun = { recalled: RecalledMemory[] | null; isFirst: boolean; isTemporary: boolean }

/** The kind of run that answers a message in a conversation. */
export function createAnswerKind(deps: AnswerKindDeps): Omit<RunKind, 'endWait'> {
  const { db, agent, billing, completions, memory, jobs, tracing } = deps
  const finish = { db, settlement: billing.settlement, settleEarlier: billing.settleEarlier, spentOn: billing.spentOn }

  /** `run.ts`'s stages, bound to the features. */
  const pipeline = (row: RunRow, work: ReturnType<Completions['open']>, { recalled, isFirst, isTemporary }: Begun): RunDeps => ({
    async admit() {
      const [caller, room] = await Promise.all([deps.current(row.userId), billing.room(payerOf(row))])
      return { caller, room }
    },
    guard: (text) =>
      tracing.span('guard', {}, async (span) => {
        const verdict = await completions.guard(text)
        span.set({ 'jarvis.guard.action': verdict.action, 'jarvis.guard.score': verdict.score })
        return verdict
      }),
    route: completions.route,
    // Of a temporary conversation nothing is remembered, and nothing comes into it.
    recall: isTemporary
      ? async () => ({ memories: [], isPaused: true })
      : recalled
        ? async () => ({ memories: recalled })
        : ({ conversationId }, text, tokensMax, signal) =>
            tracing.span('recall', {}, async (span) => {
              const recalled = await memory.recall(
                { userId: row.userId, runId: row.id, attempt: row.attempt },
                { text, conversationId, isProgram: row.apiKeyId !== null },
                tokensMax,
                signal,
              )
              span.set({ 'jarvis.recall.memories': recalled.memories.length, 'jarvis.recall.reached': recalled.note === undefined })
              return recalled
            }),
    history: (request) => loadHistory({ db }, request),
    rulesTokens: agent.promptTokens,
    files: ({ userId, attached: { fileIds }, signal }, asked) => deps.files.forPrompt({ readerId: userId, fileIds, signal, ...asked }),
    instructions: (request) => instructionsFor({ db }, request),
    answer: agent.answer,
    complete: work.complete,
    charge: (calls) => calls.map(billing.chargeOf),
    async save(_request, route, memories, answer, charges) {
      const due = work.due()
      // What a predecessor reserved while it died.
      if (row.attempt > 1) await billing.settleEarlier(payerOf(row))
      await finishRun(finish, row, { answer, route, memories, usage: totalOf(charges), due })
      work.settled(due)
      if (answer.status === 'waiting') deps.tell({ type: 'approval', userId: row.userId, runId: row.id, state: 'waiting' })
      tellAway(row, answer.status)
    },
    keepTurn: ({ userId, assistantMessageId }) => memory.keepTurn(userId, assistantMessageId),
    memorise: ({ parts, ...question }) => jobs.memorise({ ...question, text: textOf(parts) }),
    name: async ({ parts, ...question }) => {
      if (isFirst && !isTemporary) await jobs.name({ ...question, text: textOf(parts) })
    },
    sumUp: ({ conversationId, assistantMessageId: messageId }, windowTokens) => jobs.sumUp(row.userId, { conversationId, messageId }, windowTokens),
  })

  /** Who stopped an answer knows it, and what a program asked for is the program's. */
  function tellAway({ id, userId, apiKeyId }: RunRow, status: AnswerResult['status']): void {
    if (apiKeyId === null && status !== 'stopped') deps.tellAway({ kind: newsOf[status], userId, runId: id })
  }

  async function* execute(row: RunRow, { signal, told, assure, abandon }: Attempt): AsyncGenerator<RunEvent, void> {
    const [found] = await db
      .select({ question: messages, isTemporary: conversations.temporary })
      .from(messages)
      .innerJoin(conversations, eq(conversations.id, messages.conversationId))
      .where(eq(messages.id, row.messageId))
    const { question, isTemporary = false } = found ?? {}
    // What was remembered for an answer is remembered for all of it.
    const [answer] =
      row.resumes === null
        ? []
        : await db.select({ memories: messages.memories, route: messages.route }).from(messages).where(eq(messages.id, row.assistantMessageId))
    const { steps, record } = await openSteps({ db }, row)
    if (row.attempt > 1) await billing.settleEarlier(payerOf(row), Math.ceil(lostCharacters(told, steps) / 4))
    // A process that was paused must not ask a provider again for what another attempt asks already.
    await using work = completions.open(payerOf(row), assure)
    // What cannot be kept must not go on: another attempt continues from the last step that was.
    const keep = async (step: RunStep, event?: AuditEvent) => {
      try {
        const due = work.due()
        const paid = due.length === 0 ? null : billing.settlement(payerOf(row), due)
        await record(step, event ? sql`${audited(event)}${paid ? sql`, ${paid}` : sql` select from first`}` : paid)
        work.settled(due)
      } catch (error) {
        abandon(error)
        throw error
      }
    }
    const parts = question ? partsOfRow(question) : []
    const request: RunRequest = {
      ...row,
      runId: row.id,
      parts,
      attached: await attachedIn({ db }, row.conversationId, row.messageId, parts),
      outside: outsideOf(question, row),
      routedBefore: answer?.route ?? null,
      steps,
      record: keep,
      bill: payerOf(row),
      signal,
    }
    yield* run(pipeline(row, work, { recalled: answer?.memories ?? null, isFirst: question?.parentId === null, isTemporary }), request)
  }

  async function interruptsOf({ id, status }: RunRow): Promise<Interrupt[]> {
    return status === 'interrupted' ? waitingIn(await stepsOf(db, id)) : []
  }

  return {
    execute,
    async fail(row, error, told) {
      const events = await failRun(finish, row, error, told)
      tellAway(row, error === stoppedByPerson ? 'stopped' : 'failed')
      return events
    },
    async retell(row) {
      const [message] = await db.select().from(messages).where(eq(messages.id, row.assistantMessageId))
      return message ? retell(row, toMessage(message), await interruptsOf(row)) : []
    },
    release: agent.release,
  }
}
